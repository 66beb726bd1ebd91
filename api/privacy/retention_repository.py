"""SQL of deleting what is older than its tenant keeps it."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Event
from models.base import table

event = table(Event)
AT_ONCE: Final = 5_000


async def has_older(session: AsyncSession, tenant_id: UUID, before: datetime) -> bool:
    older = exists().where(event.c.tenant_id == tenant_id, event.c.occurred_at < before)
    return bool((await session.execute(select(older))).scalar_one())


async def delete_some(session: AsyncSession, tenant_id: UUID, before: datetime) -> int:
    """The oldest, in a transaction of a bounded size."""
    oldest = (
        select(event.c.id)
        .where(event.c.tenant_id == tenant_id, event.c.occurred_at < before)
        .order_by(event.c.occurred_at, event.c.id)
        .limit(AT_ONCE)
    )
    found: Any = await session.execute(
        delete(event).where(event.c.tenant_id == tenant_id, event.c.id.in_(oldest.scalar_subquery()))
    )
    return int(found.rowcount)
