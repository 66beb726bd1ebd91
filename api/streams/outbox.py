"""The outbox: messages that were written with the business rows they tell of, and leave at least once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import OutboxMessage, ProcessedMessage
from models.base import new_id, table
from models.relations import columns_of

BATCH: Final = 100
OVERDUE: Final = timedelta(seconds=2)
REMEMBERED: Final = timedelta(days=7)

outbox = table(OutboxMessage)
processed = table(ProcessedMessage)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has not had its effect yet."""

    id: UUID
    topic: str
    payload: dict[str, Any]
    published_at: datetime | None


async def insert_message(
    session: AsyncSession, tenant_id: UUID, topic: str, payload: Mapping[str, Any], now: datetime
) -> UUID:
    identity = new_id()
    values = {"tenant_id": tenant_id, "id": identity, "topic": topic, "payload": dict(payload), "created_at": now}
    await session.execute(insert(outbox).values(values))
    return identity


async def list_waiting(session: AsyncSession, tenant_id: UUID, now: datetime) -> Sequence[Waiting]:
    """Messages never published, or published and still without effect after OVERDUE; locked for this transaction."""
    statement = (
        select(*columns_of(Waiting, outbox))
        .where(
            outbox.c.tenant_id == tenant_id,
            or_(outbox.c.published_at.is_(None), outbox.c.published_at < now - OVERDUE),
        )
        .order_by(outbox.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return [Waiting(*row) for row in await session.execute(statement)]


async def mark_published(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
    await session.execute(
        update(outbox).where(outbox.c.tenant_id == tenant_id, outbox.c.id.in_(ids)).values(published_at=now)
    )


async def forget_processed(session: AsyncSession, tenant_id: UUID, now: datetime) -> None:
    """A message this old has neither a row in the outbox nor an entry in a stream of bounded length."""
    await session.execute(
        delete(processed).where(processed.c.tenant_id == tenant_id, processed.c.processed_at < now - REMEMBERED)
    )


async def claim(session: AsyncSession, tenant_id: UUID, consumer: str, message_id: UUID, now: datetime) -> bool:
    """True for the first transaction that works on this message. The outbox row goes with its effect."""
    first = await session.execute(
        insert(processed)
        .values(tenant_id=tenant_id, consumer=consumer, message_id=message_id, processed_at=now)
        .on_conflict_do_nothing()
        .returning(processed.c.message_id)
    )
    if first.first() is None:
        return False
    await session.execute(delete(outbox).where(outbox.c.tenant_id == tenant_id, outbox.c.id == message_id))
    return True
