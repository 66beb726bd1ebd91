"""A tenant with at least one row in every tenant table: an empty table would pass every test of isolation."""

from datetime import timedelta

from api.accounts.contracts import NewAccount
from api.accounts.service import Accounts, create_account_with_link
from api.auth.passwords import Passwords
from api.auth.permissions import Role
from api.events.service import Ingest
from api.jobs.queue import enqueue
from api.metrics.recompute import KIND as RECOMPUTE
from api.tenants.repository import insert_replay
from models import DeadLetter, Replay
from models.database import Database
from tests.support.world import NOW, PASSWORD, TestTenant, clock, order


async def complete(database: Database, tenant: TestTenant) -> None:
    """Adds what `fill` leaves out: a session, a setup link, a waiting message, a replay, a job, a dead letter."""
    passwords = Passwords()
    try:
        assert await Accounts(database, passwords, clock).login(tenant.slug, "viewer", PASSWORD) is not None
    finally:
        passwords.close()
    waiting = order(tenant, 9_999, customer=0, amount=100, at=NOW - timedelta(hours=1))
    await Ingest(database, lambda _: None, clock).ingest(tenant.id, [waiting], actor="test")
    async with database.unit_of_work(tenant.id) as session:
        new = NewAccount("invited", f"{tenant.canary} invited", Role.VIEWER)
        await create_account_with_link(session, tenant.id, new, NOW)
        await insert_replay(
            session,
            Replay(tenant_id=tenant.id, speed=1, position=NOW, ends_at=NOW + timedelta(days=1), history_loaded=True),
        )
        await enqueue(session, tenant.id, RECOMPUTE, tenant.id, actor=f"admin of {tenant.canary}", now=NOW)
        session.add(
            DeadLetter(
                tenant_id=tenant.id,
                kind="event",
                origin="api",
                reference=f"{tenant.canary}-dead",
                code="INVALID",
                path=["name"],
                message=f"{tenant.canary} was rejected",
                payload={"name": tenant.canary},
                attempts=1,
                state="waiting",
                created_at=NOW,
            )
        )
