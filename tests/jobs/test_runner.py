"""The runner with the real engine, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from api.app import Server
from api.jobs.contracts import JobHandler, JobRun
from api.jobs.runner import Runner
from api.settings import Settings
from models.database import Database
from models.job_engine import SCHEMA
from models.roles import MissingRoleError
from tests.jobs.counting import KIND, QUICK, Counting, counted
from tests.jobs.support import ask, engine_rows, row_of, until_ended
from tests.support import services
from tests.support.proxy import Proxy, address_of_postgres, through
from tests.support.waiting import wait_until
from tests.support.world import TestTenant, clock, make_tenant

LONG = 30.0


@pytest.fixture
async def tenant(database: Database) -> TestTenant:
    return await make_tenant(database, "acme", "acmecanary")


@asynccontextmanager
async def running(database: Database, handler: JobHandler) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(Runner(database, {KIND: handler}, clock, QUICK).run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_job_is_run_and_the_engine_forgets_it(
    database: Database, tenant: TestTenant, database_name: str
) -> None:
    async with running(database, Counting(database, 3).run):
        job_id, subject = await ask(database, tenant)
        row = await until_ended(database, tenant, job_id)
        assert (row.state, row.fence) == ("succeeded", 1)
        assert await counted(database, tenant.id, subject) == 3

        async def forgotten() -> bool:
            return not await engine_rows(database_name, "SELECT FROM jobs.procrastinate_jobs")

        await wait_until(forgotten)
    assert await engine_rows(database_name, "SELECT FROM jobs.procrastinate_events") == []
    assert await engine_rows(database_name, "SELECT FROM jobs.procrastinate_workers") == []


async def test_a_failing_job_is_tried_three_times_and_does_not_hold_its_lane(
    database: Database, tenant: TestTenant
) -> None:
    async def fail(run: JobRun) -> None:
        raise KeyError

    async with running(database, fail):
        asked = [await ask(database, tenant) for _ in range(4)]
        for job_id, _ in asked:
            row = await until_ended(database, tenant, job_id)
            assert (row.state, row.fence, row.failures, row.fault) == ("failed", 3, 3, "KeyError")


async def test_jobs_that_nobody_knows_do_not_hold_those_behind_them(
    database: Database, tenant: TestTenant, database_name: str
) -> None:
    for _ in range(6):
        await ask(database, tenant, "test.newer")
    async with running(database, Counting(database, 3).run):
        job_id, _ = await ask(database, tenant)
        assert (await until_ended(database, tenant, job_id)).state == "succeeded"
    states = await engine_rows(database_name, "SELECT status::text FROM jobs.procrastinate_jobs")
    assert [state["status"] for state in states] == ["todo"] * 6


async def test_a_tenant_runs_two_jobs_at_a_time_and_leaves_room_for_another(
    database: Database, tenant: TestTenant
) -> None:
    other = await make_tenant(database, "globex", "globexcanary")
    let_go = asyncio.Event()
    begun: list[UUID] = []

    async def wait(run: JobRun) -> None:
        begun.append(run.tenant_id)
        await let_go.wait()

    many = [await ask(database, tenant) for _ in range(20)]
    one, _ = await ask(database, other)
    async with running(database, wait):

        async def all_begun() -> bool:
            return other.id in begun and len(begun) >= 3

        await wait_until(all_begun, seconds=LONG)
        assert sorted(begun) == sorted([tenant.id, tenant.id, other.id])
        let_go.set()
        for job_id, _ in many:
            await until_ended(database, tenant, job_id)
    assert (await row_of(database, other, one)).state == "succeeded"


async def test_the_runner_outlives_the_loss_of_the_database(
    database: Database, tenant: TestTenant, database_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = services.application_url(database_name)
    halfway = asyncio.Event()

    async def pause(step: int) -> None:
        if step == 3:
            halfway.set()
        await asyncio.sleep(0.05)

    job_id, subject = await ask(database, tenant)
    async with Proxy(address_of_postgres(url)).running() as proxy:
        far = Database.connect(through(url, proxy), pool_size=5)
        async with running(far, Counting(far, 8, pause).run) as runner:
            await halfway.wait()
            await proxy.refuse()

            async def noticed() -> bool:
                return "jobs wait for the database" in caplog.text

            await wait_until(noticed, seconds=LONG)
            assert (await row_of(database, tenant, job_id)).state == "running"
            await proxy.accept()
            row = await until_ended(database, tenant, job_id)
            assert not runner.done()
        await far.close()
    assert row.state == "succeeded"
    assert await counted(database, tenant.id, subject) == 8


async def test_the_application_may_not_look_into_the_engine(database: Database) -> None:
    async with database.engine.connect() as connection:
        with pytest.raises(Exception, match="permission denied for schema jobs"):
            await connection.execute(text(f"SELECT * FROM {SCHEMA}.procrastinate_jobs"))


async def test_the_engines_role_may_look_at_nothing_else(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.execute(text("SET LOCAL ROLE cip_jobs"))
        with pytest.raises(Exception, match="permission denied for schema public"):
            await connection.execute(text("SELECT * FROM public.job"))


async def test_a_login_that_may_not_run_jobs_is_named_and_the_server_says_what_stopped(
    settings: Settings, database_name: str
) -> None:
    """As after an upgrade without `cip bootstrap`."""
    name = f"lonely_{uuid4().hex}"
    admin = await asyncpg.connect(services.admin_url(database_name).replace("+asyncpg", ""))
    await admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x' IN ROLE cip_application")
    await admin.execute(f'GRANT CONNECT ON DATABASE "{database_name}" TO {name}')
    lonely = settings.database_url.replace("cip_web:application-password", f"{name}:x")
    server = Server(settings.model_copy(update={"database_url": lonely}), with_worker=True, now=clock)
    try:
        with pytest.raises(MissingRoleError, match="cip_jobs is missing or not granted: run `cip bootstrap` again"):
            await Runner(server.database, {}, clock, QUICK).run()
        async with server.running():

            async def stopped() -> bool:
                return server.stopped == ["jobs"]

            await wait_until(stopped)
    finally:
        await admin.execute(f"DROP OWNED BY {name}")
        await admin.execute(f"DROP ROLE {name}")
        await admin.close()
