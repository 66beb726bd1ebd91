"""The audit trail of a tenant, as it stands."""

from sqlmodel import select

from models import AuditEntry
from models.database import Database
from tests.support.world import TestTenant


async def entries(database: Database, tenant: TestTenant) -> list[AuditEntry]:
    """In the order they were written."""
    async with database.unit_of_work(tenant.id) as session:
        found = await session.execute(select(AuditEntry).order_by("id"))
        return list(found.scalars())
