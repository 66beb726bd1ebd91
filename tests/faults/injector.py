"""Breaks something, mends it, waits a little, and breaks the next thing."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

import asyncpg

from tests.faults.processes import WorkerProcess
from tests.support.proxy import COMMIT, Cut, Proxy, after_bytes
from tests.support.services import ADMIN_VARIABLE, OwnRedis, redis_client

TERMINATE = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = $1"


class Injector:
    def __init__(
        self,
        chance: random.Random,
        database_name: str,
        redis: OwnRedis,
        redis_proxy: Proxy,
        postgres_proxy: Proxy,
        worker: WorkerProcess,
    ) -> None:
        self.done: Counter[str] = Counter()
        self._chance = chance
        self._database_name = database_name
        self._redis = redis
        self._redis_proxy = redis_proxy
        self._postgres_proxy = postgres_proxy
        self._worker = worker

    async def run(self, over: asyncio.Event) -> None:
        """Everything is mended when this returns."""
        faults: list[Callable[[], Awaitable[None]]] = [
            self.kill_redis, self.wipe_redis, self.lose_redis, self.slow_redis,
            self.cut_commits, self.cut_commits, self.cut_anywhere, self.lose_postgres, self.refuse_postgres,
            self.silence_postgres, self.slow_postgres, self.terminate_backends, self.kill_worker, self.pause_worker,
        ]  # fmt: skip
        while not over.is_set():
            fault = self._chance.choice(faults)
            self.done[fault.__name__] += 1
            await fault()
            await asyncio.sleep(self._chance.uniform(0.05, 0.3))

    def _moment(self) -> float:
        return self._chance.uniform(0.05, 0.5)

    async def kill_redis(self) -> None:
        os.kill(self._redis.pid, signal.SIGKILL)
        await asyncio.sleep(self._moment())
        self._redis.stop()
        self._redis.start()

    async def wipe_redis(self) -> None:
        redis = redis_client(self._redis.url)
        await redis.flushall()
        await redis.aclose()

    async def lose_redis(self) -> None:
        await self._redis_proxy.refuse()
        await asyncio.sleep(self._moment())
        await self._redis_proxy.accept()

    async def slow_redis(self) -> None:
        self._redis_proxy.delay = 0.3
        await asyncio.sleep(self._moment())
        self._redis_proxy.delay = 0.0

    async def cut_commits(self) -> None:
        def watch(data: bytes) -> Cut | None:
            if COMMIT not in data:
                return None
            return self._chance.choice((Cut.BEFORE, Cut.AFTER, None))

        self._postgres_proxy.watch = watch
        await asyncio.sleep(self._moment())
        self._postgres_proxy.watch = None

    async def cut_anywhere(self) -> None:
        self._postgres_proxy.watch = after_bytes(self._chance.randrange(20_000))
        await asyncio.sleep(self._moment())
        self._postgres_proxy.watch = None

    async def lose_postgres(self) -> None:
        self._postgres_proxy.reset()

    async def refuse_postgres(self) -> None:
        await self._postgres_proxy.refuse()
        await asyncio.sleep(self._moment())
        await self._postgres_proxy.accept()

    async def silence_postgres(self) -> None:
        self._postgres_proxy.silence()
        await asyncio.sleep(self._moment())
        self._postgres_proxy.resume()

    async def slow_postgres(self) -> None:
        self._postgres_proxy.delay = 0.03
        self._postgres_proxy.rate = 200_000
        await asyncio.sleep(self._moment())
        self._postgres_proxy.delay, self._postgres_proxy.rate = 0.0, None

    async def terminate_backends(self) -> None:
        connection = await asyncpg.connect(os.environ[ADMIN_VARIABLE])
        await connection.execute(TERMINATE, self._database_name)
        await connection.close()

    async def kill_worker(self) -> None:
        self._worker.kill()
        await self._worker.start()

    async def pause_worker(self) -> None:
        self._worker.signal(signal.SIGSTOP)
        await asyncio.sleep(self._moment())
        self._worker.signal(signal.SIGCONT)
