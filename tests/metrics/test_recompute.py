"""Recounting the metrics: nothing differs after any history, and what is made to differ is found and corrected."""

from datetime import timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from api.app import Server
from api.consumers import delivery
from api.events.service import Ingest
from api.graphql.ids import parse_global_id
from api.jobs.contracts import JobRun
from api.jobs.timings import Timings
from api.jobs.turn import Turns
from api.metrics.recompute import KIND, Recompute
from api.streams.connection import connect
from api.streams.hub import Hub
from models.database import AnyRow, Database
from tests.jobs.support import ask, row_of
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.services import redis_url
from tests.support.world import NOW, TestTenant, clock, order

START = "mutation { metricsRecompute { job { id kind state createdBy } userErrors { code } } }"
SUMS = "SELECT metric, bucket, sum(value) FROM metric_bucket GROUP BY 1, 2 ORDER BY 1, 2"


@pytest.fixture
async def recompute(server: Server) -> Recompute:
    return Recompute(server.database, server.hub, clock)


async def recount(database: Database, tenant: TestTenant, recompute: Recompute) -> AnyRow:
    job_id, _ = await ask(database, tenant, KIND)
    await Turns(database, {KIND: recompute.run}, clock, Timings()).take(tenant.id, job_id)
    row = await row_of(database, tenant, job_id)
    assert row.state == "succeeded", row.fault
    return row


async def change(database: Database, tenant: TestTenant, statement: str) -> None:
    async with database.unit_of_work(tenant.id) as session:
        await session.execute(text(statement))


async def sums(database: Database, tenant: TestTenant) -> list[tuple[object, ...]]:
    async with database.unit_of_work(tenant.id) as session:
        return [tuple(row) for row in await session.execute(text(SUMS))]


async def test_the_buckets_agree_with_the_records(database: Database, acme: TestTenant, recompute: Recompute) -> None:
    before = await sums(database, acme)
    row = await recount(database, acme, recompute)
    assert row.summary.endswith(" buckets agree with the records.")
    assert (row.progress_done, row.progress_total) == (4, 4)
    assert await sums(database, acme) == before
    assert [entry for entry in await entries(database, acme) if entry.action == "metrics.correct"] == []


async def test_what_differs_is_corrected_and_said(database: Database, acme: TestTenant, recompute: Recompute) -> None:
    before = await sums(database, acme)
    await change(
        database, acme, "UPDATE metric_bucket SET value = value + 7 WHERE metric = 'revenue' AND bucket = 'day'"
    )
    await change(database, acme, "DELETE FROM metric_bucket WHERE metric = 'orders' AND bucket = 'hour'")
    assert await sums(database, acme) != before
    row = await recount(database, acme, recompute)
    assert " buckets differed from the records and were corrected: orders " in row.summary
    assert await sums(database, acme) == before
    [entry] = [entry for entry in await entries(database, acme) if entry.action == "metrics.correct"]
    assert entry.actor == f"job:{row.id}"
    again = await recount(database, acme, recompute)
    assert again.summary.endswith(" buckets agree with the records.")


async def test_what_is_still_on_its_way_is_not_counted_twice(
    database: Database, acme: TestTenant, recompute: Recompute
) -> None:
    late = order(acme, 9_999, customer=0, amount=100, at=NOW - timedelta(hours=1))
    await Ingest(database, lambda _: None, clock).ingest(acme.id, [late], actor="test")
    row = await recount(database, acme, recompute)
    assert row.summary.endswith(" buckets agree with the records.")
    redis: Redis = connect(redis_url())
    await delivery(database, Hub(redis, redis), clock).drain(acme.id)
    await redis.aclose()
    row = await recount(database, acme, recompute)
    assert row.summary.endswith(" buckets agree with the records.")


async def test_a_correction_is_made_once_however_often_the_job_runs(
    database: Database, acme: TestTenant, recompute: Recompute
) -> None:
    """As when its worker dies between the correction and the job's end."""
    before = await sums(database, acme)
    await change(database, acme, "UPDATE metric_bucket SET value = 0 WHERE metric = 'events'")
    job_id, _ = await ask(database, acme, KIND)
    died = Turns(database, {KIND: recompute.run}, clock, Timings())
    begun = await died._begin(acme.id, job_id)
    assert begun is not None
    run: JobRun = begun[0]
    await recompute.run(run)
    told = (await row_of(database, acme, job_id)).summary
    await died.take(acme.id, job_id)
    row = await row_of(database, acme, job_id)
    assert (row.state, row.fence, row.summary) == ("succeeded", 2, told)
    assert "differed" in told
    assert await sums(database, acme) == before


async def test_an_admin_asks_for_it_with_one_audit_row(database: Database, acme: TestTenant, api: Api) -> None:
    admin = await api.login("acme", "admin")
    answer = (await admin.data(START))["metricsRecompute"]
    job = answer["job"]
    assert {**job, "id": ""} == {"id": "", "kind": KIND, "state": "QUEUED", "createdBy": "user:admin"}
    asked = [entry for entry in await entries(database, acme) if entry.action == "metrics.recompute"]
    assert [(entry.actor, entry.details) for entry in asked] == [("user:admin", {"job": str(key(job["id"]))})]
    viewer = await api.login("acme", "viewer")
    assert await viewer.error_code(START) == "FORBIDDEN"


def key(name: str) -> UUID:
    return parse_global_id(name)[1]
