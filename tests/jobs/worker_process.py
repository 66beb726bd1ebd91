"""A worker for the tests, in a process of its own: takes its time at each step, so that it can be stopped between."""

import asyncio
import sys
from datetime import UTC, datetime

from api.cli.stopping import run_until_stopped, stopped_by_signals
from api.jobs.runner import Runner
from models.database import Database
from tests.jobs.counting import KIND, QUICK, Counting

STEP_SECONDS = 0.1


async def pause(step: int) -> None:
    await asyncio.sleep(STEP_SECONDS)


async def work(url: str, steps: int, *, fenced: bool) -> None:
    database = Database.connect(url, pool_size=5)
    handler = Counting(database, steps, pause, fenced=fenced)
    try:
        await Runner(database, {KIND: handler.run}, lambda: datetime.now(UTC), QUICK).run()
    finally:
        await database.close()


if __name__ == "__main__":
    address, count, how = sys.argv[1:]
    with stopped_by_signals():
        run_until_stopped(work(address, int(count), fenced=how == "fenced"))
