"""Work for the tests: adds one to a counter at each step, each in a transaction of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from api.jobs.contracts import JobRun
from api.jobs.timings import Timings
from models import MetricBucket
from models.base import table
from models.database import Database

KIND: Final = "test.count"
QUICK: Final = Timings(
    heartbeat=0.3,
    stalled=3.0,
    sweep=0.2,
    poll=0.1,
    stopping=0.5,
    reconnect=0.1,
    report=0.0,
    held=2.0,
    unknown=0.3,
    pauses=(0.1, 0.1),
)

DAY: Final = datetime(2026, 3, 18, tzinfo=UTC)

bucket = table(MetricBucket)

Pause = Callable[[int], Awaitable[None]]


async def no_pause(step: int) -> None:
    await asyncio.sleep(0)


class Counting:
    """From where the counter stands to `steps`. `fenced=False` leaves out what keeps two turns apart."""

    def __init__(self, database: Database, steps: int, pause: Pause = no_pause, *, fenced: bool = True) -> None:
        self._database = database
        self._steps = steps
        self._pause = pause
        self._fenced = fenced

    async def run(self, run: JobRun) -> None:
        begin = await counted(self._database, run.tenant_id, run.subject_id)
        for step in range(begin, self._steps):
            if self._fenced:
                await run.report(step, self._steps)
            await self._pause(step)
            async with self._database.unit_of_work(run.tenant_id) as session:
                if self._fenced:
                    await run.hold(session)
                statement = insert(bucket).values(
                    tenant_id=run.tenant_id, metric=str(run.subject_id), bucket="day", start=DAY, value=1
                )
                await session.execute(
                    statement.on_conflict_do_update(
                        index_elements=["tenant_id", "metric", "bucket", "start"], set_={"value": bucket.c.value + 1}
                    )
                )


async def counted(database: Database, tenant_id: UUID, subject_id: UUID) -> int:
    async with database.unit_of_work(tenant_id) as session:
        found = await session.execute(select(bucket.c.value).where(bucket.c.metric == str(subject_id)))
        return int(found.scalar_one_or_none() or 0)
