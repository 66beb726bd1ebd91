"""One turn at a job: how it begins, what it may write, how it ends."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from api.errors import ConflictError
from api.jobs.contracts import JobHandler, JobRun
from api.jobs.turn import AgainError, Turns
from models.database import Database
from tests.jobs.counting import KIND, QUICK, Counting, counted
from tests.jobs.support import ask, request_cancel, row_of, until_one_waits_for_a_lock
from tests.support.world import TestTenant, clock, make_tenant


@pytest.fixture
async def tenant(database: Database) -> TestTenant:
    return await make_tenant(database, "acme", "acmecanary")


def turns(database: Database, handler: JobHandler) -> Turns:
    return Turns(database, {KIND: handler}, clock, QUICK)


async def test_a_job_that_succeeds_says_so(database: Database, tenant: TestTenant) -> None:
    job_id, subject = await ask(database, tenant)
    await turns(database, Counting(database, 3).run).take(tenant.id, job_id)
    row = await row_of(database, tenant, job_id)
    assert (row.state, row.fence, row.progress_done, row.progress_total) == ("succeeded", 1, 2, 3)
    assert (row.started_at, row.finished_at, row.fault, row.failures) == (clock(), clock(), None, 0)
    assert await counted(database, tenant.id, subject) == 3


async def test_a_job_that_has_ended_is_not_begun_again(database: Database, tenant: TestTenant) -> None:
    job_id, _ = await ask(database, tenant)
    for _ in range(2):
        await turns(database, Counting(database, 3).run).take(tenant.id, job_id)
    assert (await row_of(database, tenant, job_id)).fence == 1


async def test_a_job_of_a_kind_that_nobody_knows_here_waits_for_somebody_who_does(
    database: Database, tenant: TestTenant
) -> None:
    job_id, _ = await ask(database, tenant, "test.newer")
    with pytest.raises(AgainError) as again:
        await turns(database, Counting(database, 3).run).take(tenant.id, job_id)
    assert again.value.seconds == QUICK.unknown
    row = await row_of(database, tenant, job_id)
    assert (row.state, row.fence, row.failures) == ("queued", 0, 0)


async def test_a_job_of_another_tenant_is_not_found(database: Database, tenant: TestTenant) -> None:
    other = await make_tenant(database, "globex", "globexcanary")
    job_id, _ = await ask(database, tenant)
    await turns(database, Counting(database, 3).run).take(other.id, job_id)
    assert (await row_of(database, tenant, job_id)).state == "queued"


async def test_a_failure_is_tried_again_with_pauses_and_then_stands(
    database: Database, tenant: TestTenant, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(run: JobRun) -> None:
        raise KeyError("@".join(("somebody", "example.org")))  # the line of code is logged, its values are not

    job_id, _ = await ask(database, tenant)
    states = []
    for pause in QUICK.pauses:
        with pytest.raises(AgainError) as again:
            await turns(database, fail).take(tenant.id, job_id)
        assert again.value.seconds == pause
        states.append((await row_of(database, tenant, job_id)).state)
    await turns(database, fail).take(tenant.id, job_id)
    row = await row_of(database, tenant, job_id)
    assert states == ["queued", "queued"]
    assert (row.state, row.fault, row.failures, row.finished_at) == ("failed", "KeyError", 3, clock())
    assert "somebody@example.org" not in caplog.text


async def test_an_expected_error_says_what_it_is(database: Database, tenant: TestTenant) -> None:
    async def fail(run: JobRun) -> None:
        raise ConflictError("The file is gone.")

    job_id, _ = await ask(database, tenant)
    with pytest.raises(AgainError):
        await turns(database, fail).take(tenant.id, job_id)
    assert (await row_of(database, tenant, job_id)).fault == "CONFLICT: The file is gone."


async def test_a_turn_that_died_counts_as_a_try(database: Database, tenant: TestTenant) -> None:
    job_id, _ = await ask(database, tenant)
    for _ in range(QUICK.tries):
        assert await turns(database, Counting(database, 1).run)._begin(tenant.id, job_id) is not None
    assert (await row_of(database, tenant, job_id)).failures == QUICK.tries - 1
    await turns(database, Counting(database, 1).run).take(tenant.id, job_id)
    row = await row_of(database, tenant, job_id)
    assert (row.state, row.fault, row.failures) == ("failed", "WORKER_DIED", QUICK.tries)


class Halfway:
    """Stops before a step until it is let on."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, step: int) -> None:
        if step == self.at:
            self.reached.set()
            await self.go_on.wait()


async def overtaken(database: Database, tenant: TestTenant, *, fenced: bool) -> tuple[int, Any]:
    """A first worker stops halfway, a second one does all the rest, and the first goes on: what was counted, and how
    the first one ended."""
    job_id, subject = await ask(database, tenant)
    halfway = Halfway(at=3)
    first = turns(database, Counting(database, 6, halfway, fenced=fenced).run)
    paused = asyncio.create_task(first.take(tenant.id, job_id))
    await halfway.reached.wait()
    await turns(database, Counting(database, 6, fenced=fenced).run).take(tenant.id, job_id)
    halfway.go_on.set()
    [ended] = await asyncio.gather(paused, return_exceptions=True)
    row = await row_of(database, tenant, job_id)
    assert (row.state, row.fence) == ("succeeded", 2)
    return await counted(database, tenant.id, subject), ended


async def test_the_late_writes_of_a_worker_that_was_overtaken_are_refused(
    database: Database, tenant: TestTenant
) -> None:
    count, ended = await overtaken(database, tenant, fenced=True)
    assert count == 6
    assert isinstance(ended, AgainError)


async def test_without_the_fence_they_are_counted_twice(database: Database, tenant: TestTenant) -> None:
    """The control: what the test above would see if the fence were not there."""
    count, _ = await overtaken(database, tenant, fenced=False)
    assert count == 9


async def test_nobody_takes_a_job_up_while_a_transaction_of_it_is_open(
    database: Database, database_name: str, tenant: TestTenant
) -> None:
    opened, close, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    order: list[str] = []

    async def hold(run: JobRun) -> None:
        async with database.unit_of_work(tenant.id) as session:
            await run.hold(session)
            await run.report(1, 2)  # on a connection of its own: it does not wait for itself
            opened.set()
            await close.wait()
            order.append("committed")
        await ended.wait()  # so that the one that waits is first at the row

    async def note(run: JobRun) -> None:
        order.append("begun")

    job_id, _ = await ask(database, tenant)
    first = asyncio.create_task(turns(database, hold).take(tenant.id, job_id))
    await opened.wait()
    second = asyncio.create_task(turns(database, note).take(tenant.id, job_id))
    await until_one_waits_for_a_lock(database_name)
    await request_cancel(database, tenant, job_id)  # neither does whoever asks for its end
    assert not second.done()
    close.set()
    await asyncio.gather(second, return_exceptions=True)
    ended.set()
    await asyncio.gather(first, return_exceptions=True)
    assert order == ["committed"]
    assert (await row_of(database, tenant, job_id)).state == "cancelled"


async def test_a_worker_that_is_paused_in_a_transaction_does_not_keep_the_job_for_ever(
    database: Database, tenant: TestTenant
) -> None:
    opened, close = asyncio.Event(), asyncio.Event()
    late: list[BaseException] = []

    async def hold(run: JobRun) -> None:
        try:
            async with database.unit_of_work(tenant.id) as session:
                await run.hold(session)
                opened.set()
                await close.wait()
                await run.hold(session)
        except Exception as error:
            late.append(error)
            raise

    job_id, subject = await ask(database, tenant)
    impatient = Turns(database, {KIND: hold}, clock, replace(QUICK, held=0.2))
    first = asyncio.create_task(impatient.take(tenant.id, job_id))
    await opened.wait()
    await turns(database, Counting(database, 1).run).take(tenant.id, job_id)
    close.set()
    await asyncio.gather(first, return_exceptions=True)
    assert len(late) == 1
    assert await counted(database, tenant.id, subject) == 1


async def test_a_cancelled_job_ends_at_its_next_report(database: Database, tenant: TestTenant) -> None:
    job_id, subject = await ask(database, tenant)
    halfway = Halfway(at=3)
    running = asyncio.create_task(turns(database, Counting(database, 6, halfway).run).take(tenant.id, job_id))
    await halfway.reached.wait()
    await request_cancel(database, tenant, job_id)
    halfway.go_on.set()
    await running
    row = await row_of(database, tenant, job_id)
    assert (row.state, row.progress_done, row.finished_at) == ("cancelled", 4, clock())
    assert await counted(database, tenant.id, subject) == 4


async def test_a_job_whose_end_is_asked_for_is_not_begun(database: Database, tenant: TestTenant) -> None:
    job_id, subject = await ask(database, tenant)
    await request_cancel(database, tenant, job_id)
    await turns(database, Counting(database, 6).run).take(tenant.id, job_id)
    assert (await row_of(database, tenant, job_id)).state == "cancelled"
    assert await counted(database, tenant.id, subject) == 0


async def test_a_job_goes_back_when_its_worker_stops(database: Database, tenant: TestTenant) -> None:
    job_id, subject = await ask(database, tenant)
    halfway = Halfway(at=3)
    running = asyncio.create_task(turns(database, Counting(database, 6, halfway).run).take(tenant.id, job_id))
    await halfway.reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    row = await row_of(database, tenant, job_id)
    assert (row.state, row.failures, row.progress_done) == ("queued", 0, 3)
    await turns(database, Counting(database, 6).run).take(tenant.id, job_id)
    assert await counted(database, tenant.id, subject) == 6


async def test_reports_are_written_twice_a_second_at_most(database: Database, tenant: TestTenant) -> None:
    seen: list[int] = []

    async def report(run: JobRun) -> None:
        for done in range(100):
            await run.report(done, 100)
        seen.append((await row_of(database, tenant, run.job_id)).progress_done)

    job_id, _ = await ask(database, tenant)
    await Turns(database, {KIND: report}, clock, replace(QUICK, report=60.0)).take(tenant.id, job_id)
    assert seen == [0]
    assert (await row_of(database, tenant, job_id)).progress_done == 99
