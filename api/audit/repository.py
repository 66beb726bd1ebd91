"""The audit trail: entries are added, never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.idempotency.writing import note_change
from models import AuditEntry, AuditUnsealed
from models.base import new_id, table

Outcome = Literal["done", "denied"]

entry = table(AuditEntry)
unsealed = table(AuditUnsealed)


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
    written = (
        insert(entry)
        .values(
            tenant_id=tenant_id,
            id=new_id(),
            at=at,
            actor=actor,
            action=action,
            outcome=outcome,
            details=dict(details or {}),
        )
        .returning(entry.c.tenant_id, entry.c.id)
        .cte("written")
    )
    # One statement: an entry that neither waits for its seal nor has one was not written here.
    await session.execute(
        insert(unsealed).from_select(["tenant_id", "entry_id"], select(written.c.tenant_id, written.c.id))
    )
