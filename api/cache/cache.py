"""The cache of one process, ready to use: its own client of Redis, and word of every change that the hub brings."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from redis.asyncio import Redis

from api.cache.answers import Answers
from api.cache.freshness import Tag
from api.cache.invalidation import Invalidation
from api.cache.memory import Memory
from api.cache.shared import CHANNEL, Shared
from api.streams.connection import connect_cache
from api.streams.hub import Hub


@dataclass(frozen=True, slots=True)
class Cache:
    answers: Answers
    invalidation: Invalidation
    redis: "Redis"

    @classmethod
    def of(cls, redis_url: str, hub: Hub, monotonic: Callable[[], float] = time.monotonic) -> Self:
        """A process that answers nothing, such as the worker, takes it to announce what it writes."""
        redis = connect_cache(redis_url)
        shared = Shared(redis, monotonic)
        invalidation = Invalidation(shared, monotonic)
        hub.on_announce(lambda tenant_id: invalidation.streamed(tenant_id, {Tag.METRICS}))
        hub.listen(CHANNEL, invalidation.heard)
        return cls(Answers(Memory(monotonic), shared, invalidation, monotonic), invalidation, redis)

    async def run(self) -> None:
        """Until cancelled: tells the other processes."""
        await self.invalidation.run()

    async def close(self) -> None:
        await self.answers.close()
        await self.redis.aclose()
