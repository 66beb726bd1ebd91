"""SQL of what a tenant allows itself."""

from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.tenants.contracts import TenantLimits
from models import TenantLimit
from models.base import table
from models.database import Snapshot
from models.relations import columns_of

limit = table(TenantLimit)
NONE: Final = TenantLimits()


async def find_limits(snapshot: Snapshot) -> TenantLimits:
    row = await snapshot.first(select(*columns_of(TenantLimits, limit)).where(limit.c.tenant_id == snapshot.tenant_id))
    return NONE if row is None else TenantLimits(*row)


async def get_limits(session: AsyncSession, tenant_id: UUID) -> TenantLimits:
    statement = select(*columns_of(TenantLimits, limit)).where(limit.c.tenant_id == tenant_id)
    row = (await session.execute(statement)).first()
    return NONE if row is None else TenantLimits(*row)


async def upsert_limits(session: AsyncSession, tenant_id: UUID, limits: TenantLimits, now: datetime) -> None:
    """All but the mark of what was deleted, which only deleting moves."""
    values = {name: value for name, value in asdict(limits).items() if name != "events_kept_from"}
    statement = insert(limit).values(tenant_id=tenant_id, updated_at=now, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id"], set_={**values, "updated_at": now})
    )


async def set_kept_from(session: AsyncSession, tenant_id: UUID, moment: datetime) -> None:
    await session.execute(update(limit).where(limit.c.tenant_id == tenant_id).values(events_kept_from=moment))
