"""Answers of whole operations: from memory, from Redis, or read once for all who wait for the same."""

import asyncio
import logging
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
from api.cache.turns import Turns
from api.telemetry import CACHE_LOOKUPS

REFRESH_SECONDS: Final = 0.5
"""How old an answer that is a moment behind must be before it is read anew, beside those who are shown it."""

_HIT: Final = CACHE_LOOKUPS.labels("l1", "hit")
_MISS: Final = CACHE_LOOKUPS.labels("l1", "miss")

log = logging.getLogger(__name__)


class Layer(StrEnum):
    """Where an answer came from."""

    L1 = "l1"
    JOINED = "joined"
    L2 = "l2"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Asked:
    """`user` is who asks, also where the answer is the same for others. `document` is its digest: readings of the same
    one take about as long."""

    tenant_id: UUID
    user: str
    key: bytes
    freshness: Freshness
    document: bytes = b""

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


@dataclass(slots=True)
class _Flight:
    """One reading for all who wait for the same. Before it has begun, anybody may join. `people` are those who wait."""

    answer: "asyncio.Future[Answer]"
    people: int = 1
    taken: Taken | None = None
    begun: float = 0.0


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
        self._flights: dict[bytes, _Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.turns = Turns()

    def known(self, asked: Asked) -> Answer | None:
        """From memory, when nothing has to be read: neither now, nor beside those who are shown what is there."""
        now = self._invalidation.take(asked.tenant_id, asked.tags)
        entry = self._memory.get(asked.key, now.hard)
        if entry is None or not self._good(asked, now, entry.taken, entry.true_at) or self._is_due(asked, now, entry):
            return None
        return self._shown(entry)

    async def find(self, asked: Asked, read: Read) -> Answer:
        now = self._invalidation.take(asked.tenant_id, asked.tags)
        entry = self._memory.get(asked.key, now.hard)
        if entry is not None and self._good(asked, now, entry.taken, entry.true_at):
            if self._is_due(asked, now, entry):
                refresh = self._begin(asked, read)
                refresh.people += entry.shown
                refresh.answer.add_done_callback(_report)
            return self._shown(entry)
        flight = self._flights.get(asked.key)
        if flight is None or not (flight.taken is None or self._good(asked, now, flight.taken, flight.begun)):
            _MISS.inc()
            return await asyncio.shield(self._begin(asked, read).answer)
        flight.people += 1
        joined = await asyncio.shield(flight.answer)
        if joined.fresh is not None and not joined.fresh.complete:
            _MISS.inc()
            return await self._read(read)  # an error is each one's own
        _HIT.inc()
        return Answer(Layer.JOINED, joined.body, joined.age)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _shown(self, entry: Entry) -> Answer:
        _HIT.inc()
        entry.shown += 1
        return Answer(Layer.L1, entry.body, self._monotonic() - entry.read_at)

    def _is_due(self, asked: Asked, now: Taken, entry: Entry) -> bool:
        """Whether it is a moment behind, and nobody reads it anew yet."""
        return (
            entry.taken != now
            and self._monotonic() - entry.read_at >= REFRESH_SECONDS
            and asked.key not in self._flights
        )

    def _good(self, asked: Asked, now: Taken, taken: Taken, true_at: float) -> bool:
        return self._invalidation.may_show(asked.tenant_id, asked.tags, taken, now) and not self._invalidation.hides(
            asked.tenant_id, asked.user, true_at
        )

    def _begin(self, asked: Asked, read: Read) -> _Flight:
        """In a task of its own: whoever came first may go away, the others still wait."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        flight = self._flights[asked.key] = _Flight(future)
        task = asyncio.create_task(self._fly(asked, read, flight))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return flight

    async def _fly(self, asked: Asked, read: Read, flight: _Flight) -> None:
        """Takes the generations before anything is read: what is read from there on is at least as new as they are."""
        tokens: Tokens | None = None
        try:
            async with self.turns.one(asked.document, lambda: flight.people):
                flight.taken = self._invalidation.take(asked.tenant_id, asked.tags)
                flight.begun = self._monotonic()
                answer, tokens = await self._find_shared(asked)
                answer = answer or await self._read(read)
            if answer.fresh is None or answer.fresh.complete:
                self._keep(asked, flight, answer)
        except asyncio.CancelledError:
            flight.answer.cancel()
            raise
        except Exception as error:  # noqa: BLE001  (whoever waits raises it)
            flight.answer.set_exception(error)
            return
        finally:
            if self._flights.get(asked.key) is flight:
                del self._flights[asked.key]
        flight.answer.set_result(answer)
        if self._shared is not None and tokens is not None and answer.fresh is not None and answer.fresh.complete:
            stored = SharedAnswer(answer.body, self._wall() - answer.age)
            await self._shared.store(asked.tenant_id, asked.key, stored, tokens, asked.freshness.seconds)

    async def _find_shared(self, asked: Asked) -> tuple[Answer | None, Tokens | None]:
        if self._shared is None or asked.freshness.local or self._invalidation.is_owed(asked.tenant_id):
            return None, None
        found = await self._shared.find(asked.tenant_id, asked.key, asked.tags)
        if found.answer is None:
            return None, found.tokens
        # Clocks of two hosts may differ: at worst an answer lives twice as long as it should.
        age = min(max(self._wall() - found.answer.read_at, 0.0), asked.freshness.seconds)
        return Answer(Layer.L2, found.answer.body, age), None

    async def _read(self, read: Read) -> Answer:
        begun = self._monotonic()
        fresh = await read()
        return Answer(Layer.MISS, fresh.body, self._monotonic() - begun, fresh)

    def _keep(self, asked: Asked, flight: _Flight, answer: Answer) -> None:
        assert flight.taken is not None
        read_at = self._monotonic() - answer.age
        ends = read_at + asked.freshness.seconds
        self._memory.put(asked.key, Entry(answer.body, read_at, flight.begun, ends, flight.taken))


def _report(refresh: "asyncio.Future[Answer]") -> None:
    """Nobody waits for what is read anew beside those who were answered."""
    if not refresh.cancelled() and (error := refresh.exception()) is not None:
        log.warning("an answer could not be read anew: %s", type(error).__name__)
