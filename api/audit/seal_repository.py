"""SQL of the chain over the audit trail."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.chain import START, Head, Link
from api.audit.contracts import AuditRecord
from models import AuditEntry, AuditSeal, AuditUnsealed
from models.base import table
from models.bulk import one_of
from models.database import Snapshot
from models.relations import columns_of

entry = table(AuditEntry)
seal = table(AuditSeal)
unsealed = table(AuditUnsealed)

COLUMNS: Final = columns_of(AuditRecord, entry)
WIDTH: Final = len(fields(AuditRecord))


async def is_alone(session: AsyncSession, tenant_id: UUID) -> bool:
    """False when another process is sealing this tenant's entries."""
    key = func.hashtextextended(f"audit seal {tenant_id}", 0)
    return bool((await session.execute(select(func.pg_try_advisory_xact_lock(key)))).scalar_one())


def _newest(tenant_id: UUID) -> Select[Any]:
    return select(seal.c.number, seal.c.hash).where(seal.c.tenant_id == tenant_id).order_by(seal.c.number.desc())


async def get_head(session: AsyncSession, tenant_id: UUID) -> Head:
    row = (await session.execute(_newest(tenant_id).limit(1))).first()
    return START if row is None else Head(*row)


async def list_waiting(session: AsyncSession, tenant_id: UUID, most: int) -> list[AuditRecord]:
    """Entries without a seal, the oldest first. One that is gone stays on the list: that is how it is missed."""
    statement = (
        select(*COLUMNS)
        .join(unsealed, (unsealed.c.tenant_id == entry.c.tenant_id) & (unsealed.c.entry_id == entry.c.id))
        .where(entry.c.tenant_id == tenant_id, unsealed.c.tenant_id == tenant_id)
        .order_by(entry.c.id)
        .limit(most)
    )
    return [AuditRecord(*row) for row in await session.execute(statement)]


async def insert_seals(session: AsyncSession, tenant_id: UUID, made: Sequence[tuple[UUID, Head]]) -> None:
    rows = [
        {"tenant_id": tenant_id, "number": head.number, "entry_id": entry_id, "hash": head.hash}
        for entry_id, head in made
    ]
    await session.execute(insert(seal), rows)
    done = one_of(unsealed.c.entry_id, [entry_id for entry_id, _ in made])
    await session.execute(delete(unsealed).where(unsealed.c.tenant_id == tenant_id, done))


async def find_head(snapshot: Snapshot) -> Head:
    row = await snapshot.first(_newest(snapshot.tenant_id).limit(1))
    return START if row is None else Head(*row)


async def find_link(snapshot: Snapshot, number: int) -> Head | None:
    row = await snapshot.first(_newest(snapshot.tenant_id).where(seal.c.number == number))
    return None if row is None else Head(*row)


async def list_links(snapshot: Snapshot, after: int, most: int) -> list[Link]:
    """With what they lead to, in their order."""
    statement = (
        select(seal.c.number, seal.c.entry_id, seal.c.hash, *COLUMNS)
        .outerjoin(entry, and_(entry.c.tenant_id == seal.c.tenant_id, entry.c.id == seal.c.entry_id))
        .where(seal.c.tenant_id == snapshot.tenant_id, seal.c.number > after)
        .order_by(seal.c.number)
        .limit(most)
    )
    return [_link(tuple(row)) for row in await snapshot.rows(statement)]


def _link(row: tuple[Any, ...]) -> Link:
    number, entry_id, digest, *rest = row
    return Link(number, entry_id, digest, AuditRecord(*rest) if rest[0] is not None else None)


async def count_waiting(snapshot: Snapshot) -> int:
    statement = select(func.count()).select_from(unsealed).where(unsealed.c.tenant_id == snapshot.tenant_id)
    return int(await snapshot.scalar(statement))


async def find_lost(snapshot: Snapshot) -> UUID | None:
    """An entry that was gone before it had a seal."""
    there = exists().where(entry.c.tenant_id == unsealed.c.tenant_id, entry.c.id == unsealed.c.entry_id)
    statement = select(unsealed.c.entry_id).where(unsealed.c.tenant_id == snapshot.tenant_id, ~there)
    found: UUID | None = await snapshot.scalar(statement.order_by(unsealed.c.entry_id).limit(1))
    return found


async def find_outside(snapshot: Snapshot) -> UUID | None:
    """An entry that has no seal and does not wait for one."""
    waits = exists().where(unsealed.c.tenant_id == entry.c.tenant_id, unsealed.c.entry_id == entry.c.id)
    has_seal = exists().where(seal.c.tenant_id == entry.c.tenant_id, seal.c.entry_id == entry.c.id)
    statement = select(entry.c.id).where(entry.c.tenant_id == snapshot.tenant_id, ~waits, ~has_seal)
    found: UUID | None = await snapshot.scalar(statement.order_by(entry.c.id).limit(1))
    return found
