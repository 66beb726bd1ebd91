"""What a tenant allows itself counts: points, users, sockets, and how long events are kept."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from api.errors import ThrottledError
from api.events.contracts import IncomingEvent, VerdictStatus
from api.events.service import Ingest
from api.graphql.sockets.admission import CAPS
from api.jobs.queue import enqueue
from api.jobs.timings import Timings
from api.jobs.turn import Turns
from api.limits.bucket import Limit
from api.limits.limiter import Limiter
from api.limits.own import Own, OwnLimits
from api.metrics.recompute import KIND as RECOMPUTE
from api.metrics.recompute import Recompute
from api.privacy.retention import RETENTION_JOB, Retention
from api.streams.hub import Hub
from api.tenants.contracts import TenantLimits
from api.tenants.limits_service import LimitSettings, find_own
from models.base import new_id
from models.database import Database
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.services import redis_client
from tests.support.world import NOW, TestTenant, clock, customer_ref, ingest

UPDATE = """mutation Limits($input: TenantLimitsUpdateInput!) {
  tenantLimitsUpdate(input: $input) { limits { pointsPerSecond members sockets eventDays } userErrors { field code } }
}"""
INVITE = """mutation { memberInvite(input: {name: "new", displayName: "New", role: VIEWER}) {
  userErrors { field code message }
} }"""


def visit(tenant: TestTenant, days: int) -> IncomingEvent:
    at = NOW - timedelta(days=days)
    return IncomingEvent(f"old-{days}", "page_viewed", occurred_at=at, customer=customer_ref(tenant, 0))


async def scalar(database: Database, tenant: TestTenant, statement: str) -> int:
    async with database.unit_of_work(tenant.id) as session:
        return int((await session.execute(text(statement))).scalar_one())


async def test_limits_are_set_within_what_everybody_has(api: Api, database: Database, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    given = {"pointsPerSecond": 500, "members": 3, "sockets": 2, "eventDays": 90}
    answer = (await admin.data(UPDATE, {"input": given}))["tenantLimitsUpdate"]
    assert answer == {"limits": given, "userErrors": []}
    wide = (await admin.data(UPDATE, {"input": {"sockets": 201}}))["tenantLimitsUpdate"]
    assert wide == {"limits": None, "userErrors": [{"field": ["sockets"], "code": "BAD_USER_INPUT"}]}
    refused = (await admin.data(INVITE))["memberInvite"]["userErrors"]
    assert refused == [{"field": ["name"], "code": "CONFLICT", "message": "This tenant allows itself 3 users."}]
    await admin.data(UPDATE, {"input": {"members": 4}})
    assert (await admin.data(INVITE))["memberInvite"]["userErrors"] == []
    assert await find_own(database, acme.id) == Own(None, None)
    assert await (await api.login("acme", "analyst")).error_code(UPDATE, {"input": given}) == "FORBIDDEN"


async def test_a_tenant_spends_no_more_than_it_allows_itself() -> None:
    own = {True: Own(points_per_second=100)}
    tenant, other = new_id(), new_id()

    async def find(tenant_id: UUID) -> Own:
        return own.get(tenant_id == tenant, Own())

    limiter = Limiter(
        None, lambda: 0.0, caller=Limit(10_000, 1), tenant=Limit(500_000, 20_000), own=OwnLimits(find, lambda: 0.0)
    )
    await limiter.charge(tenant, new_id(), 2_500)
    with pytest.raises(ThrottledError):
        await limiter.charge(tenant, new_id(), 1)
    await limiter.charge(other, new_id(), 10_000)


async def test_limits_that_cannot_be_looked_up_leave_everybodys() -> None:
    async def fail(tenant_id: UUID) -> Own:
        raise OSError

    assert await OwnLimits(fail).of(new_id()) == Own()


async def test_a_tenant_opens_no_more_sockets_than_it_allows_itself(api: Api, server: object, acme: TestTenant) -> None:
    admin, viewer = await api.login("acme", "admin"), await api.login("acme", "viewer")
    await admin.data(UPDATE, {"input": {"sockets": 1}})
    async with running(server) as url, open_socket(url) as first, open_socket(url) as second:  # type: ignore[arg-type]
        await first.init(admin.token)
        await second.send({"type": "connection_init", "payload": {"authorization": f"Bearer {viewer.token}"}})
        assert await second.close_code() == 4429


async def test_events_that_are_too_old_are_deleted_with_a_count_and_no_metric_changes(
    database: Database, acme: TestTenant
) -> None:
    await ingest(database, acme, visit(acme, 100), visit(acme, 95), visit(acme, 40))
    retention = Retention(database, clock)
    assert await retention.look(acme.id) is None
    await LimitSettings(database, clock).set(acme.id, TenantLimits(event_days=90), actor="test")
    before = await scalar(database, acme, "SELECT count(*) FROM event")
    counted = await scalar(database, acme, "SELECT sum(value) FROM metric_bucket")
    job_id = await retention.look(acme.id)
    assert job_id is not None
    assert await retention.look(acme.id) is None  # it is asked for already
    redis = redis_client()
    try:
        hub = Hub(redis, redis)
        handlers = {RETENTION_JOB: retention.run, RECOMPUTE: Recompute(database, hub, clock).run}
        turns = Turns(database, handlers, clock, Timings())
        await turns.take(acme.id, job_id)
        assert await scalar(database, acme, "SELECT count(*) FROM event") == before - 2
        async with database.unit_of_work(acme.id) as session:
            recount = await enqueue(session, acme.id, RECOMPUTE, acme.id, actor="test", now=NOW)
        await turns.take(acme.id, recount)
    finally:
        await redis.aclose()
    async with database.unit_of_work(acme.id) as session:
        said = await session.execute(text("SELECT summary FROM job WHERE id = :job"), {"job": recount})
        assert "agree with the records" in said.scalar_one()
        trail = await session.execute(text("SELECT details FROM audit_entry WHERE action = 'events.retention'"))
        assert trail.scalars().all() == [{"deleted": 2, "before": "2025-12-18T00:00:00+00:00"}]
    assert await scalar(database, acme, "SELECT sum(value) FROM metric_bucket") == counted
    assert await retention.look(acme.id) is None
    [verdict] = await Ingest(database, lambda _: None, clock).ingest(acme.id, [visit(acme, 96)], actor="test")
    assert (verdict.status, verdict.code) == (VerdictStatus.REJECTED, "TOO_OLD")


def test_the_installations_own_cap_stays_the_highest() -> None:
    assert Own(points_per_second=10**9).limit(Limit(100, 10)) == Limit(100, 10)
    assert CAPS.sockets_of_a_tenant == 200
