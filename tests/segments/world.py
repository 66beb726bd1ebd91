"""Something in every table of segments, for the tests of isolation."""

from sqlalchemy import select

from api.segments import members_repository as members
from api.segments import repository
from api.segments.contracts import RunRequest
from models import Customer
from models.base import table
from models.database import Database
from tests.segments.support import make, run
from tests.support.world import NOW, TestTenant


async def add_segments(database: Database, tenant: TestTenant) -> None:
    """Through the product's own doors, but for the version: three customers are too few for one."""
    await make(database, tenant, f"{tenant.canary} regulars", {"metric": "orders", "atLeast": 1})
    refused = await run(database, tenant, RunRequest("rfm"))
    assert refused.state == "insufficient"
    async with database.unit_of_work(tenant.id) as session:
        await repository.finish(
            session,
            tenant.id,
            refused.id,
            {
                "state": "ready",
                "current": True,
                "created_by": f"admin of {tenant.canary}",
                "model": {name: [None, 1.0, 2.0, 3.0] for name in ("recency", "frequency", "monetary")},
            },
        )
        everybody = await members.list_ids(session, select(table(Customer).c.id))
        await members.insert_snapshot(session, tenant.id, refused.id, NOW, dict.fromkeys(everybody, 0))
