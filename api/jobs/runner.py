"""Runs jobs, on any number of hosts at once, until it is cancelled."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from api.jobs.contracts import JobHandler
from api.jobs.engine import is_engine_unreachable, open_engine
from api.jobs.timings import Timings
from api.jobs.turn import Ended, Turns, told_nobody
from models.database import Database, is_unreachable
from models.roles import check_jobs_role

log = logging.getLogger(__name__)


class Runner:
    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, JobHandler],
        now: Callable[[], datetime],
        timings: Timings | None = None,
        ended: Ended = told_nobody,
    ) -> None:
        self._database = database
        self._timings = timings or Timings()
        self._turns = Turns(database, handlers, now, self._timings, ended)
        self._waiting = False

    async def run(self) -> None:
        """Comes back by itself after any loss of the database; only a fault of the installation ends it."""
        while True:
            try:
                await self._serve()
            except Exception as error:
                if not is_unreachable(error) and not is_engine_unreachable(error):
                    raise
                if not self._waiting:
                    log.warning("jobs wait for the database: %s", type(error).__name__)
                self._waiting = True
            await asyncio.sleep(self._timings.reconnect)

    async def _serve(self) -> None:
        async with self._database.engine.connect() as connection:
            await check_jobs_role(connection)
        url = self._database.engine.url.render_as_string(hide_password=False)
        async with open_engine(url, self._turns.take, self._timings) as engine:
            self._waiting = False
            tasks = [asyncio.create_task(engine.work()), asyncio.create_task(engine.sweep())]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error
