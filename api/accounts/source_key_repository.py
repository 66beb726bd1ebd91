"""SQL of source keys."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import SourceKeyRecord
from models import SourceKey
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

key = table(SourceKey)

NEWEST_FIRST: Final = SortKey("created_at", key.c.created_at, key.c.id, descending=True)


async def insert_source_key(
    session: AsyncSession, tenant_id: UUID, record: SourceKeyRecord, secret_hash: bytes
) -> None:
    await session.execute(
        insert(key).values(
            tenant_id=tenant_id,
            id=record.id,
            public=record.public,
            secret_hash=secret_hash,
            name=record.name,
            source=record.source,
            created_by=record.created_by,
            created_at=record.created_at,
        )
    )


async def find_secret(
    session: AsyncSession, tenant_id: UUID, public: str
) -> tuple[UUID, str, bytes, datetime | None] | None:
    """(id, source, hash of the secret, last use) of a key that is not revoked."""
    row = (
        await session.execute(
            select(key.c.id, key.c.source, key.c.secret_hash, key.c.last_used_at).where(
                key.c.tenant_id == tenant_id, key.c.public == public, key.c.revoked_at.is_(None)
            )
        )
    ).first()
    return None if row is None else (row[0], row[1], row[2], row[3])


async def update_last_use(session: AsyncSession, tenant_id: UUID, key_id: UUID, now: datetime) -> None:
    await session.execute(update(key).where(key.c.tenant_id == tenant_id, key.c.id == key_id).values(last_used_at=now))


async def revoke(session: AsyncSession, tenant_id: UUID, key_id: UUID, now: datetime) -> SourceKeyRecord | None:
    """The key, revoked now or before; None when there is none."""
    statement = (
        update(key)
        .where(key.c.tenant_id == tenant_id, key.c.id == key_id)
        .values(revoked_at=func.coalesce(key.c.revoked_at, now))
        .returning(*columns_of(SourceKeyRecord, key))
    )
    row = (await session.execute(statement)).first()
    return None if row is None else SourceKeyRecord(*row)


async def list_source_keys(snapshot: Snapshot, page: Page) -> Slice[SourceKeyRecord]:
    statement = select(*columns_of(SourceKeyRecord, key)).where(key.c.tenant_id == snapshot.tenant_id)
    part = cut(await snapshot.rows(page_of(statement, NEWEST_FIRST, page)), page)
    return Slice(tuple(SourceKeyRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_source_keys(snapshot: Snapshot) -> int:
    inner = select(key.c.id).where(key.c.tenant_id == snapshot.tenant_id).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))
