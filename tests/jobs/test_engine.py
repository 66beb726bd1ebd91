"""A claim on a job of the engine, and who may end it."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from procrastinate.jobs import Job, Status

from api.jobs.engine import Claims, open_engine
from models.database import Database
from tests.jobs.counting import QUICK
from tests.jobs.support import ask, engine_rows
from tests.support import services
from tests.support.world import make_tenant


async def _nothing(tenant_id: UUID, job_id: UUID) -> None:
    return None


@pytest.fixture
async def claims(database_name: str) -> AsyncIterator[Claims]:
    async with open_engine(services.application_url(database_name), _nothing, QUICK) as engine:
        yield engine.claims


async def claim(claims: Claims) -> Job:
    worker = await claims.register_worker()
    job = await claims.fetch_job(None, worker)
    assert job is not None
    return job


async def test_a_worker_that_was_taken_for_dead_ends_nobody_elses_claim(
    database: Database, claims: Claims, database_name: str
) -> None:
    acme = await make_tenant(database, "acme", "acmecanary")
    await ask(database, acme)
    paused = await claim(claims)
    assert await claims.take_back(60.0) == []
    assert await claims.take_back(0.0) == [paused.id]
    other = await claim(claims)
    assert other.id == paused.id
    for late in (paused, other.evolve(attempts=paused.attempts)):
        await claims.finish_job(late, Status.SUCCEEDED, delete_job=True)
        await claims.retry_job(late)
    [row] = await engine_rows(database_name, "SELECT status::text, worker_id, attempts FROM jobs.procrastinate_jobs")
    assert tuple(row) == ("doing", other.worker_id, 1)
    await claims.finish_job(other, Status.SUCCEEDED, delete_job=True)
    assert await engine_rows(database_name, "SELECT FROM jobs.procrastinate_jobs") == []
    assert not claims.lost.is_set()


async def test_two_sweepers_take_a_job_back_once(database: Database, claims: Claims) -> None:
    acme = await make_tenant(database, "acme", "acmecanary")
    await ask(database, acme)
    job = await claim(claims)
    assert [await claims.take_back(0.0), await claims.take_back(0.0)] == [[job.id], []]
