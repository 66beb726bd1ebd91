"""SQL of API keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import ApiKeyRecord
from models import ApiKey
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

key = table(ApiKey)

NEWEST_FIRST: Final = SortKey("created_at", key.c.created_at, key.c.id, descending=True)


async def insert_api_key(session: AsyncSession, tenant_id: UUID, record: ApiKeyRecord, secret_hash: bytes) -> None:
    await session.execute(
        insert(key).values(
            tenant_id=tenant_id,
            id=record.id,
            public=record.public,
            secret_hash=secret_hash,
            name=record.name,
            role=record.role,
            scopes=record.scopes,
            created_by=record.created_by,
            created_at=record.created_at,
            expires_at=record.expires_at,
        )
    )


async def find_secret(
    session: AsyncSession, tenant_id: UUID, public: str, now: datetime
) -> tuple[ApiKeyRecord, bytes] | None:
    """A key that is neither revoked nor expired, with the hash of its secret."""
    row = (
        await session.execute(
            select(*columns_of(ApiKeyRecord, key), key.c.secret_hash).where(
                key.c.tenant_id == tenant_id,
                key.c.public == public,
                key.c.revoked_at.is_(None),
                key.c.expires_at > now,
            )
        )
    ).first()
    return None if row is None else (ApiKeyRecord(*row[:-1]), row[-1])


async def list_good(snapshot: Snapshot, key_ids: Sequence[UUID], now: datetime) -> list[ApiKeyRecord]:
    """Those that are neither revoked nor expired."""
    rows = await snapshot.rows(
        select(*columns_of(ApiKeyRecord, key)).where(
            key.c.tenant_id == snapshot.tenant_id,
            key.c.id.in_(key_ids),
            key.c.revoked_at.is_(None),
            key.c.expires_at > now,
        )
    )
    return [ApiKeyRecord(*row) for row in rows]


async def update_last_use(session: AsyncSession, tenant_id: UUID, key_id: UUID, now: datetime) -> None:
    await session.execute(update(key).where(key.c.tenant_id == tenant_id, key.c.id == key_id).values(last_used_at=now))


async def revoke(session: AsyncSession, tenant_id: UUID, key_id: UUID, now: datetime) -> ApiKeyRecord | None:
    """The key, revoked now or before; None when there is none."""
    statement = (
        update(key)
        .where(key.c.tenant_id == tenant_id, key.c.id == key_id)
        .values(revoked_at=func.coalesce(key.c.revoked_at, now))
        .returning(*columns_of(ApiKeyRecord, key))
    )
    row = (await session.execute(statement)).first()
    return None if row is None else ApiKeyRecord(*row)


async def list_api_keys(snapshot: Snapshot, page: Page) -> Slice[ApiKeyRecord]:
    statement = select(*columns_of(ApiKeyRecord, key)).where(key.c.tenant_id == snapshot.tenant_id)
    part = cut(await snapshot.rows(page_of(statement, NEWEST_FIRST, page)), page)
    return Slice(tuple(ApiKeyRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_api_keys(snapshot: Snapshot) -> int:
    inner = select(key.c.id).where(key.c.tenant_id == snapshot.tenant_id).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))
