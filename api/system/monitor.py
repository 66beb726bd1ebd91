"""Looks at Postgres, at Redis and at this process every few seconds, and writes its heartbeat.

It has a database connection of its own: when the pool is used up, the page that shows it must still come.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from api.operation_window import SLOT_SECONDS, SLOTS
from api.streams.connection import UNREACHABLE, stop_if_cancelled
from api.streams.inspection import RedisReport
from api.system.contracts import PoolReport, PostgresReport, ProcessReport, Sample
from api.system.heartbeat_repository import delete_heartbeat, list_heartbeats, upsert_heartbeat
from api.system.postgres_repository import read_pool, read_postgres
from api.system.probe import Answer, Probe, within
from api.system.process import Process, lookups
from models.database import Database

REDIS_PATIENCE: Final = 0.5
REDIS_READINESS_PATIENCE: Final = 0.2
"""Redis being away changes nothing of readiness, so its probe waits less than a page does."""
POSTGRES_PATIENCE: Final = 0.8
HEARTBEAT_PATIENCE: Final = 2.0
ASK_SECONDS: Final = 5.0
"""When a question that nobody waits for any more is given up."""
DATABASE_ERRORS: Final = (SQLAlchemyError, OSError, TimeoutError)

log = logging.getLogger(__name__)


class Monitor:
    """One per process. `served` is the database whose pool the process works with."""

    def __init__(
        self,
        process: Process,
        served: Database,
        database_url: str,
        inspect_redis: Callable[[], Coroutine[Any, Any, RedisReport]],
        now: Callable[[], datetime],
    ) -> None:
        self.process = process
        self.samples: deque[Sample] = deque(maxlen=SLOTS)
        self._served = served
        self._own = Database.connect(database_url, pool_size=1)
        self._now = now
        self.redis = Probe(inspect_redis, UNREACHABLE, time.monotonic)
        self.postgres = Probe(self._read_postgres, DATABASE_ERRORS, time.monotonic)
        self.processes = Probe(self._beat, DATABASE_ERRORS, time.monotonic)

    async def ask_redis(self, patience: float = REDIS_PATIENCE) -> Answer[RedisReport]:
        return await self.redis.measure(patience)

    async def ask_postgres(self) -> Answer[PostgresReport]:
        return await self.postgres.measure(POSTGRES_PATIENCE)

    async def ask_processes(self) -> Answer[Sequence[ProcessReport]]:
        """Writes the own heartbeat and reads all."""
        return await self.processes.measure(HEARTBEAT_PATIENCE)

    @property
    def pool(self) -> PoolReport:
        return read_pool(self._served.engine)

    async def run(self) -> None:
        """Until cancelled. The last thing a process that ends in order does is to take its heartbeat away."""
        try:
            while True:
                stop_if_cancelled()
                begun = time.monotonic()
                await self.sample()
                await self.ask_processes()
                await asyncio.sleep(max(0.1, SLOT_SECONDS - (time.monotonic() - begun)))
        finally:
            await within(POSTGRES_PATIENCE, self._leave(), DATABASE_ERRORS)

    async def close(self) -> None:
        for probe in (self.redis, self.postgres, self.processes):
            await probe.close()
        await self._own.close()

    async def sample(self) -> None:
        postgres, redis = await asyncio.gather(self.ask_postgres(), self.ask_redis())
        self.samples.append(
            Sample(
                at=self._now(),
                postgres_seconds=None if postgres.value is None else postgres.value.latency_seconds,
                redis_seconds=None if redis.value is None else redis.value.latency_seconds,
                lag_seconds=None if redis.value is None else lag(redis.value),
                lookups=lookups(),
            )
        )

    async def _read_postgres(self) -> PostgresReport:
        async with asyncio.timeout(ASK_SECONDS):
            return await read_postgres(self._own.engine)

    async def _beat(self) -> Sequence[ProcessReport]:
        now = self._now()
        async with asyncio.timeout(ASK_SECONDS), self._own.directory() as session:
            await upsert_heartbeat(session, self.process.report(self.pool, now))
            return await list_heartbeats(session, now)

    async def _leave(self) -> None:
        async with self._own.directory() as session:
            await delete_heartbeat(session, self.process.id)


def lag(report: RedisReport) -> float:
    """The age of the oldest entry of any stream that had no effect yet, in seconds; 0 when none waits."""
    return max((shard.oldest_seconds for shard in report.shards if shard.oldest_seconds is not None), default=0.0)
