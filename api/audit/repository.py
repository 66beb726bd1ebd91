"""The audit trail: entries are added, never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.idempotency.writing import note_change
from models import AuditEntry
from models.base import new_id, table

Outcome = Literal["done", "denied"]


async def insert_entry(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    at: datetime,
    actor: str,
    action: str,
    outcome: Outcome = "done",
    details: Mapping[str, object] | None = None,
) -> None:
    """Belongs to the transaction of what it tells of."""
    if outcome == "done":
        await note_change(session, tenant_id)
    await session.execute(
        insert(table(AuditEntry)).values(
            tenant_id=tenant_id,
            id=new_id(),
            at=at,
            actor=actor,
            action=action,
            outcome=outcome,
            details=dict(details or {}),
        )
    )
