"""All facts of a tenant worked out again: an operator's command."""

from datetime import datetime
from uuid import UUID

from api.audit.repository import insert_entry
from api.metrics.rebuild_repository import send_all
from models.database import Database


async def rebuild_facts(database: Database, tenant_id: UUID, now: datetime) -> int:
    """How many messages were sent; the worker does the rest."""
    async with database.unit_of_work(tenant_id) as session:
        sent = await send_all(session, tenant_id, now)
        await insert_entry(
            session, tenant_id, at=now, actor="operator", action="facts.rebuild", details={"messages": sent}
        )
    return sent
