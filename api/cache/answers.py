"""Answers of whole operations: from memory, from Redis, or read once for all who wait for the same."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from api.cache.freshness import Freshness, Tag
from api.cache.generations import Taken
from api.cache.invalidation import Invalidation
from api.cache.memory import Entry, Memory
from api.cache.shared import Shared, SharedAnswer, Tokens
from api.telemetry import CACHE_LOOKUPS

_HIT: Final = CACHE_LOOKUPS.labels("l1", "hit")
_MISS: Final = CACHE_LOOKUPS.labels("l1", "miss")


class Layer(StrEnum):
    """Where an answer came from."""

    L1 = "l1"
    L2 = "l2"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Asked:
    """`user` is who asks, also where the answer is the same for others."""

    tenant_id: UUID
    user: str
    key: bytes
    freshness: Freshness

    @property
    def tags(self) -> tuple[Tag, ...]:
        return self.freshness.ordered


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was just read. Only a complete answer, without an error, is kept."""

    body: bytes
    complete: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """`fresh` is the reader's own, for the one who read."""

    layer: Layer
    body: bytes
    age: float = 0.0
    fresh: Fresh | None = None


Read = Callable[[], Awaitable[Fresh]]


class Answers:
    """`shared` may be left out; then every process is for itself."""

    def __init__(
        self,
        memory: Memory,
        shared: Shared | None,
        invalidation: Invalidation,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._memory = memory
        self._shared = shared
        self._invalidation = invalidation
        self._monotonic = monotonic
        self._wall = wall
        self._flights: dict[tuple[bytes, Taken], asyncio.Future[Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def find(self, asked: Asked, read: Read) -> Answer:
        """Takes the generations before anything else: what is read from here on is at least as new as they are."""
        taken = self._invalidation.take(asked.tenant_id, asked.tags)
        if self._invalidation.must_read(asked.tenant_id, asked.user):
            return await self._read(asked, taken, read)
        entry = self._memory.get(asked.key, taken)
        if entry is not None:
            _HIT.inc()
            return Answer(Layer.L1, entry.body, self._monotonic() - entry.read_at)
        flight = self._flights.get((asked.key, taken))
        if flight is None:
            _MISS.inc()
            return await asyncio.shield(self._begin(asked, taken, read))
        shared = await asyncio.shield(flight)
        if shared.fresh is not None and not shared.fresh.complete:
            _MISS.inc()
            return await self._read(asked, taken, read)  # an error is each one's own
        _HIT.inc()
        return Answer(Layer.L1, shared.body, shared.age)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, asked: Asked, taken: Taken, read: Read) -> "asyncio.Future[Answer]":
        """In a task of its own: whoever came first may go away, the others still wait."""
        flight: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        flight.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._flights[asked.key, taken] = flight
        task = asyncio.create_task(self._fly(asked, taken, read, flight))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return flight

    async def _fly(self, asked: Asked, taken: Taken, read: Read, flight: "asyncio.Future[Answer]") -> None:
        try:
            found, tokens = await self._find_shared(asked, taken)
            answer = found or await self._read(asked, taken, read)
        except BaseException as error:
            flight.cancel() if isinstance(error, asyncio.CancelledError) else flight.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        finally:
            del self._flights[asked.key, taken]
        flight.set_result(answer)
        if self._shared is not None and tokens is not None and answer.fresh is not None and answer.fresh.complete:
            stored = SharedAnswer(answer.body, self._wall() - answer.age)
            await self._shared.store(asked.tenant_id, asked.key, stored, tokens, asked.freshness.seconds)

    async def _find_shared(self, asked: Asked, taken: Taken) -> tuple[Answer | None, Tokens | None]:
        if self._shared is None or asked.freshness.local or self._invalidation.is_owed(asked.tenant_id):
            return None, None
        found = await self._shared.find(asked.tenant_id, asked.key, asked.tags)
        if found.answer is None:
            return None, found.tokens
        # Clocks of two hosts may differ: at worst an answer lives twice as long as it should.
        age = min(max(self._wall() - found.answer.read_at, 0.0), asked.freshness.seconds)
        self._keep(asked, taken, found.answer.body, self._monotonic() - age)
        return Answer(Layer.L2, found.answer.body, age), None

    async def _read(self, asked: Asked, taken: Taken, read: Read) -> Answer:
        begun = self._monotonic()
        fresh = await read()
        if fresh.complete:
            self._keep(asked, taken, fresh.body, begun)
        return Answer(Layer.MISS, fresh.body, self._monotonic() - begun, fresh)

    def _keep(self, asked: Asked, taken: Taken, body: bytes, read_at: float) -> None:
        self._memory.put(asked.key, Entry(body, read_at, read_at + asked.freshness.seconds, taken))
