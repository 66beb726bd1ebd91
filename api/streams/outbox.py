"""The outbox: messages that were written with the business rows they tell of, and leave at least once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.streams.topics import Payload, Topic
from models import DeadLetter, OutboxMessage, ProcessedMessage
from models.base import new_id, table
from models.relations import columns_of

BATCH: Final = 100
OVERDUE: Final = timedelta(seconds=2)
REMEMBERED: Final = timedelta(days=7)
DEAD_LETTERS_KEPT: Final = timedelta(days=90)
MAXIMUM_ATTEMPTS: Final = 5
PAUSES: Final = (OVERDUE, timedelta(seconds=8), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=2))
"""After the first try, the second, and so on: until then a message is left alone."""

outbox = table(OutboxMessage)
processed = table(ProcessedMessage)
dead_letter = table(DeadLetter)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has not had its effect yet."""

    id: UUID
    topic: str
    payload: dict[str, Any]
    created_at: datetime
    published_at: datetime | None
    attempts: int
    fault: str | None


async def insert_message(session: AsyncSession, tenant_id: UUID, payload: Payload, now: datetime) -> UUID:
    identity = new_id()
    await _insert(session, tenant_id, identity, payload.TOPIC, payload.to_json(), now)
    return identity


async def insert_messages(session: AsyncSession, tenant_id: UUID, payloads: Sequence[Payload], now: datetime) -> None:
    """In one statement, to be delivered in their order."""
    if payloads:
        rows = [
            {
                "tenant_id": tenant_id,
                "id": new_id(),
                "topic": payload.TOPIC.value,
                "payload": payload.to_json(),
                "created_at": now,
                "attempts": 0,
            }
            for payload in payloads
        ]
        await session.execute(insert(outbox).values(rows))


async def insert_again(
    session: AsyncSession, tenant_id: UUID, message_id: UUID, topic: Topic, payload: Mapping[str, Any], now: datetime
) -> None:
    """Puts a dead message back. It keeps its id, so that it has its effect once even if it had it after all."""
    await _insert(session, tenant_id, message_id, topic, payload, now)


async def _insert(
    session: AsyncSession, tenant_id: UUID, identity: UUID, topic: Topic, payload: Mapping[str, Any], now: datetime
) -> None:
    await session.execute(
        insert(outbox).values(
            tenant_id=tenant_id, id=identity, topic=topic.value, payload=dict(payload), created_at=now, attempts=0
        )
    )


async def list_waiting(session: AsyncSession, tenant_id: UUID) -> Sequence[Waiting]:
    """The oldest, whether their next try is due or not."""
    statement = select(*columns_of(Waiting, outbox)).where(outbox.c.tenant_id == tenant_id).order_by(outbox.c.id)
    return [Waiting(*row) for row in await session.execute(statement.limit(BATCH))]


async def take_waiting(session: AsyncSession, tenant_id: UUID, now: datetime) -> Sequence[Waiting]:
    """Messages never published, and those without effect since their last try; locked for this transaction.

    Each is counted as tried before anybody tries it, so that one that kills its worker is counted too.
    """
    is_due = or_(outbox.c.next_attempt_at.is_(None), outbox.c.next_attempt_at <= now)
    statement = (
        select(*columns_of(Waiting, outbox))
        .where(and_(outbox.c.tenant_id == tenant_id, is_due))
        .order_by(outbox.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    waiting = [Waiting(*row) for row in await session.execute(statement)]
    for attempts in {message.attempts for message in waiting if message.attempts < MAXIMUM_ATTEMPTS}:
        ids = [message.id for message in waiting if message.attempts == attempts]
        await session.execute(
            update(outbox)
            .where(outbox.c.tenant_id == tenant_id, outbox.c.id.in_(ids))
            .values(attempts=attempts + 1, next_attempt_at=now + PAUSES[attempts])
        )
    return waiting


async def mark_published(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
    await session.execute(
        update(outbox).where(outbox.c.tenant_id == tenant_id, outbox.c.id.in_(ids)).values(published_at=now)
    )


async def note_fault(session: AsyncSession, tenant_id: UUID, message_id: UUID, fault: str) -> None:
    await session.execute(
        update(outbox).where(outbox.c.tenant_id == tenant_id, outbox.c.id == message_id).values(fault=fault)
    )


async def bury(session: AsyncSession, tenant_id: UUID, messages: Sequence[Waiting], now: datetime) -> None:
    """Makes dead letters of messages that were tried often enough."""
    if not messages:
        return
    rows = [
        {
            "tenant_id": tenant_id,
            "id": new_id(),
            "kind": "message",
            "origin": message.topic,
            "reference": str(message.id),
            "code": message.fault or "WORKER_DIED",
            "path": [],
            "message": f"This message had no effect in {message.attempts} tries.",
            "payload": message.payload,
            "attempts": message.attempts,
            "state": "waiting",
            "created_at": now,
        }
        for message in messages
    ]
    await session.execute(insert(dead_letter), rows)
    ids = [message.id for message in messages]
    await session.execute(delete(outbox).where(outbox.c.tenant_id == tenant_id, outbox.c.id.in_(ids)))


async def forget_processed(session: AsyncSession, tenant_id: UUID, now: datetime) -> None:
    """A message this old has neither a row in the outbox nor an entry in a stream of bounded length."""
    await session.execute(
        delete(processed).where(processed.c.tenant_id == tenant_id, processed.c.processed_at < now - REMEMBERED)
    )


async def forget_dead_letters(session: AsyncSession, tenant_id: UUID, now: datetime) -> None:
    """Those that nobody dealt with in time, and those that were dealt with a while ago."""
    too_old = or_(dead_letter.c.created_at < now - DEAD_LETTERS_KEPT, dead_letter.c.settled_at < now - REMEMBERED)
    await session.execute(delete(dead_letter).where(dead_letter.c.tenant_id == tenant_id, too_old))


async def claim(session: AsyncSession, tenant_id: UUID, consumer: str, message_id: UUID, now: datetime) -> bool:
    """True for the first transaction that works on this message. The outbox row goes with its effect, and so does that
    of a message that was put back although it had it: nobody would ever take it away."""
    first = await session.execute(
        insert(processed)
        .values(tenant_id=tenant_id, consumer=consumer, message_id=message_id, processed_at=now)
        .on_conflict_do_nothing()
        .returning(processed.c.message_id)
    )
    await session.execute(delete(outbox).where(outbox.c.tenant_id == tenant_id, outbox.c.id == message_id))
    return first.first() is not None
