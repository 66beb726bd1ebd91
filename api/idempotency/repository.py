"""SQL of the first answers to mutations that were sent with a key."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import IdempotentWrite
from models.base import table

KEPT: Final = timedelta(hours=48)
LOCK_TIMEOUT: Final = "2s"

write = table(IdempotentWrite)


async def insert_write(
    session: AsyncSession, tenant_id: UUID, actor: str, key: str, input_hash: bytes, now: datetime
) -> bool:
    """False when the key was there already. Waits for whoever is about to write the same one."""
    values = {"input_hash": input_hash, "answer": null(), "created_at": now}
    statement = (
        insert(write)
        .values(tenant_id=tenant_id, actor=actor, key=key, **values)
        .on_conflict_do_update(
            index_elements=[write.c.tenant_id, write.c.actor, write.c.key],
            set_=values,
            where=write.c.created_at < now - KEPT,
        )
        .returning(write.c.key)
    )
    return (await session.execute(statement)).first() is not None


async def wait_briefly(session: AsyncSession) -> None:
    """For the locks of others, until the transaction's end."""
    await session.execute(select(func.set_config("lock_timeout", LOCK_TIMEOUT, True)))


async def find_write(
    session: AsyncSession, tenant_id: UUID, actor: str, key: str
) -> tuple[bytes, dict[str, Any] | None, datetime] | None:
    """(hash of the input, answer, when)."""
    statement = select(write.c.input_hash, write.c.answer, write.c.created_at).where(
        write.c.tenant_id == tenant_id, write.c.actor == actor, write.c.key == key
    )
    row = (await session.execute(statement)).first()
    return None if row is None else (row[0], row[1], row[2])


async def update_answer(session: AsyncSession, tenant_id: UUID, actor: str, key: str, answer: dict[str, Any]) -> None:
    await session.execute(
        update(write)
        .where(write.c.tenant_id == tenant_id, write.c.actor == actor, write.c.key == key)
        .values(answer=answer)
    )


async def delete_old(session: AsyncSession, tenant_id: UUID, now: datetime) -> None:
    await session.execute(delete(write).where(write.c.tenant_id == tenant_id, write.c.created_at < now - KEPT))
