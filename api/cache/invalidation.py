"""What makes answers untrue: called after each commit, in the process that wrote.

A person's change counts at once, and so does a batch after a quiet while. While batches follow each other, answers may
be STALE_SECONDS older than the last one: otherwise steady ingest would leave nothing to be found. Whoever wrote is an
exception: they are shown nothing that was read before they wrote.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from api.cache.freshness import STREAMED, Tag
from api.cache.generations import Generations, Taken
from api.cache.shared import Shared
from api.streams.connection import stop_if_cancelled

STALE_SECONDS: Final = 1.0
"""The pages wait about as long between two readings of their own, so nobody sees a difference."""
STEADY_SECONDS: Final = 2.0
"""Batches that are no further apart are a stream."""
RETRY_SECONDS: Final = 1.0

Listener = Callable[[UUID, frozenset[Tag]], None]


class Invalidation:
    def __init__(self, shared: Shared | None, monotonic: Callable[[], float]) -> None:
        self._generations = Generations(monotonic)
        self._shared = shared
        self._monotonic = monotonic
        self._streamed_at: dict[tuple[UUID, Tag], float] = {}
        self._wrote_at: OrderedDict[tuple[UUID, str], float] = OrderedDict()
        self._owed: dict[UUID, set[Tag]] = defaultdict(set)
        self._telling: UUID | None = None
        self._listeners: list[Listener] = []
        self._wake = asyncio.Event()

    def on_change(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def changed(self, tenant_id: UUID, tags: Iterable[Tag]) -> None:
        """By a person: for everybody at once."""
        self._raise(tenant_id, frozenset(tags))

    def streamed(self, tenant_id: UUID, tags: Iterable[Tag]) -> None:
        """By one of perhaps many batches."""
        given = frozenset(tags)
        self._stream(tenant_id, given)
        self._owe(tenant_id, given)

    def wrote(self, tenant_id: UUID, user: str) -> None:
        now = self._monotonic()
        self._wrote_at[tenant_id, user] = now
        self._wrote_at.move_to_end((tenant_id, user))
        # Whatever was read before a write is gone for everybody by then.
        while next(iter(self._wrote_at.values())) < now - 2 * STALE_SECONDS:
            self._wrote_at.popitem(last=False)

    def hides(self, tenant_id: UUID, user: str, read_at: float) -> bool:
        """Whether this user has written since."""
        wrote_at = self._wrote_at.get((tenant_id, user))
        return wrote_at is not None and read_at <= wrote_at

    def take(self, tenant_id: UUID, tags: tuple[Tag, ...]) -> Taken:
        return self._generations.take(tenant_id, tags)

    def may_show(self, tenant_id: UUID, tags: tuple[Tag, ...], then: Taken, now: Taken) -> bool:
        """Whether what was read at `then` is true still, or just a moment behind a stream of batches."""
        if then == now:
            return True
        return then.hard == now.hard and self._generations.missed_for(tenant_id, tags, then) < STALE_SECONDS

    def is_owed(self, tenant_id: UUID) -> bool:
        """Whether Redis has not been told yet of a write of this process: then its answers may be untrue."""
        return tenant_id in self._owed or tenant_id == self._telling

    def heard(self, tenant_id: UUID, message: str) -> None:
        """What another process published. It does not say whether it was a batch, so a stream is told by its pace."""
        origin, _, names = message.partition(" ")
        if self._shared is None or origin == self._shared.origin:
            return
        known = {tag.value: tag for tag in Tag}
        tags = frozenset(known[name] for name in names.split(",") if name in known)
        self._stream(tenant_id, tags & STREAMED)
        self._raise_here(tenant_id, tags - STREAMED)

    async def run(self) -> None:
        """Tells Redis what is owed, and tries again while it does not answer."""
        while True:
            stop_if_cancelled()
            self._wake.clear()
            all_told = await self._tell()
            try:
                async with asyncio.timeout(None if all_told else RETRY_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _tell(self) -> bool:
        while self._owed and self._shared is not None:
            self._telling, tags = self._owed.popitem()
            told = False
            try:
                told = await self._shared.replace_tokens(self._telling, tags)
            finally:
                if not told:
                    self._owed[self._telling] |= tags
                self._telling = None
            if not told:
                return False
        return True

    def _stream(self, tenant_id: UUID, tags: frozenset[Tag]) -> None:
        now = self._monotonic()
        steady = {tag for tag in tags if now - self._streamed_at.get((tenant_id, tag), float("-inf")) < STEADY_SECONDS}
        for tag in tags:
            self._streamed_at[tenant_id, tag] = now
        self._generations.raise_soft(tenant_id, steady)
        self._raise_here(tenant_id, tags - steady)

    def _raise(self, tenant_id: UUID, tags: frozenset[Tag]) -> None:
        self._raise_here(tenant_id, tags)
        self._owe(tenant_id, tags)

    def _raise_here(self, tenant_id: UUID, tags: frozenset[Tag]) -> None:
        if tags:
            self._generations.raise_hard(tenant_id, tags)
            for listener in self._listeners:
                listener(tenant_id, tags)

    def _owe(self, tenant_id: UUID, tags: frozenset[Tag]) -> None:
        if tags and self._shared is not None:
            self._owed[tenant_id] |= tags
            self._wake.set()
