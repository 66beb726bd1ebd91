"""Workers that are killed, paused and stopped, as real processes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import pytest

from api.settings import Settings
from models.database import Database
from tests.jobs.counting import counted
from tests.jobs.support import ask, engine_rows, row_of, until_ended
from tests.support import services
from tests.support.waiting import wait_until
from tests.support.world import TestTenant, make_tenant

STEPS = 20
WORKER = "tests.jobs.worker_process"
ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
async def start(database_name: str) -> AsyncIterator[Start]:
    """Starts a worker process; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*command: str, **environment: str) -> "subprocess.Popen[str]":
        command = command or ("-m", WORKER, services.application_url(database_name), str(STEPS), "fenced")
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.communicate()


@pytest.fixture
async def tenant(database: Database) -> TestTenant:
    return await make_tenant(database, "acme", "acmecanary")


async def until_halfway(database: Database, tenant: TestTenant, subject: UUID) -> None:
    async def begun() -> bool:
        return await counted(database, tenant.id, subject) >= 3

    await wait_until(begun, seconds=60)


async def test_the_job_of_a_killed_worker_is_run_again_and_has_its_effect_once(
    database: Database, tenant: TestTenant, start: Start
) -> None:
    job_id, subject = await ask(database, tenant)
    first = start()
    await until_halfway(database, tenant, subject)
    first.kill()
    first.wait()
    assert await counted(database, tenant.id, subject) < STEPS
    start()
    row = await until_ended(database, tenant, job_id)
    assert (row.state, row.fence, row.failures) == ("succeeded", 2, 1)
    assert await counted(database, tenant.id, subject) == STEPS


async def paused_and_overtaken(
    database: Database, tenant: TestTenant, start: Start, database_name: str, how: str
) -> int:
    """A worker is paused for so long that another one does its job, and then goes on: what was counted."""
    job_id, subject = await ask(database, tenant)
    command = ("-m", WORKER, services.application_url(database_name), str(STEPS), how)
    first = start(*command)
    await until_halfway(database, tenant, subject)
    first.send_signal(signal.SIGSTOP)
    start(*command)
    row = await until_ended(database, tenant, job_id)
    assert (row.state, row.fence) == ("succeeded", 2)
    first.send_signal(signal.SIGCONT)
    second_job, second_subject = await ask(database, tenant)

    async def quiet() -> bool:
        """Both have gone through what they had to do."""
        rows = await engine_rows(database_name, "SELECT FROM jobs.procrastinate_jobs WHERE status = 'doing'")
        return not rows

    await until_ended(database, tenant, second_job)
    assert await counted(database, tenant.id, second_subject) == STEPS
    await wait_until(quiet)
    first.terminate()
    await asyncio.to_thread(first.wait)
    return await counted(database, tenant.id, subject)


async def test_the_late_writes_of_a_paused_worker_are_refused(
    database: Database, tenant: TestTenant, start: Start, database_name: str
) -> None:
    assert await paused_and_overtaken(database, tenant, start, database_name, "fenced") == STEPS


async def test_without_the_fence_a_paused_worker_counts_twice(
    database: Database, tenant: TestTenant, start: Start, database_name: str
) -> None:
    """The control: what the test above would see if the fence were not there."""
    assert await paused_and_overtaken(database, tenant, start, database_name, "unfenced") > STEPS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_stopped_worker_puts_its_job_back_at_once(
    database: Database, tenant: TestTenant, start: Start, database_name: str, number: signal.Signals
) -> None:
    job_id, subject = await ask(database, tenant)
    worker = start()
    await until_halfway(database, tenant, subject)
    worker.send_signal(number)
    output, _ = await asyncio.to_thread(worker.communicate, timeout=60)
    assert (worker.returncode, output) == (0, "\nStopped.\n")
    row = await row_of(database, tenant, job_id)
    assert (row.state, row.fence, row.failures) == ("queued", 1, 0)
    states = await engine_rows(database_name, "SELECT status::text FROM jobs.procrastinate_jobs")
    assert [state["status"] for state in states] == ["todo"]
    assert await engine_rows(database_name, "SELECT FROM jobs.procrastinate_workers") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_products_own_worker_stops_cleanly(
    settings: Settings, start: Start, database_name: str, number: signal.Signals
) -> None:
    worker = start(
        *("-c", "from api.cli.main import main; main()", "worker"),
        DATABASE_URL=settings.database_url.replace("+asyncpg", ""),
        REDIS_URL=settings.redis_url,
        JWT_SECRET_KEY=settings.jwt_secret_key.get_secret_value(),
    )

    async def at_work() -> bool:
        return bool(await engine_rows(database_name, "SELECT FROM jobs.procrastinate_workers"))

    await wait_until(at_work, seconds=60)
    worker.send_signal(number)
    output, _ = await asyncio.to_thread(worker.communicate, timeout=60)
    assert (worker.returncode, output) == (0, "Working.\n\nStopped.\n")
    assert await engine_rows(database_name, "SELECT FROM jobs.procrastinate_workers") == []
