"""What makes answers untrue: called after each commit, in the process that wrote.

A person's change counts at once. Batches that follow each other count at once as well, but not more often than every
COALESCE_SECONDS for a tenant and tag: otherwise steady ingest would leave nothing to be found. Whoever wrote such a
batch is not kept waiting: until it counts, their reads go past the cache.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from api.cache.freshness import Tag
from api.cache.generations import Generations, Taken
from api.cache.shared import Shared
from api.streams.connection import stop_if_cancelled

COALESCE_SECONDS: Final = 0.5
"""About what the pages themselves wait between two readings, so nobody sees a difference."""
RETRY_SECONDS: Final = 1.0

Listener = Callable[[UUID, frozenset[Tag]], None]


@dataclass(slots=True)
class _Pending:
    """Tags of a tenant that will count at `due`, and who wrote them."""

    due: float
    tags: set[Tag] = field(default_factory=set)
    writers: set[str] = field(default_factory=set)


class Invalidation:
    def __init__(self, shared: Shared | None, monotonic: Callable[[], float]) -> None:
        self._generations = Generations()
        self._shared = shared
        self._monotonic = monotonic
        self._raised_at: dict[tuple[UUID, Tag], float] = {}
        self._pending: dict[UUID, _Pending] = {}
        self._owed: dict[UUID, set[Tag]] = defaultdict(set)
        self._telling: UUID | None = None
        self._listeners: list[Listener] = []
        self._wake = asyncio.Event()

    def on_change(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def changed(self, tenant_id: UUID, tags: Iterable[Tag]) -> None:
        """At once, for everybody."""
        self._raise(tenant_id, set(tags))

    def streamed(self, tenant_id: UUID, tags: Iterable[Tag]) -> None:
        """At once if nothing was just streamed, otherwise within COALESCE_SECONDS."""
        now = self._monotonic()
        due = {tag: self._raised_at.get((tenant_id, tag), -COALESCE_SECONDS) + COALESCE_SECONDS for tag in tags}
        self._raise(tenant_id, {tag for tag, at in due.items() if at <= now})
        later = {tag: at for tag, at in due.items() if at > now}
        if later:
            pending = self._pending.setdefault(tenant_id, _Pending(min(later.values())))
            pending.tags |= later.keys()
            self._wake.set()

    def wrote(self, tenant_id: UUID, user: str) -> None:
        """What this user has just written may still be pending."""
        if (pending := self._pending_now(tenant_id)) is not None:
            pending.writers.add(user)

    def must_read(self, tenant_id: UUID, user: str) -> bool:
        """Whether the cache may be older than this user's own writes."""
        pending = self._pending_now(tenant_id)
        return pending is not None and user in pending.writers

    def take(self, tenant_id: UUID, tags: tuple[Tag, ...]) -> Taken:
        self._pending_now(tenant_id)
        return self._generations.take(tenant_id, tags)

    def is_owed(self, tenant_id: UUID) -> bool:
        """Whether Redis has not been told yet of a write of this process: then its answers may be untrue."""
        return tenant_id in self._owed or tenant_id == self._telling

    def heard(self, tenant_id: UUID, message: str) -> None:
        """What another process published."""
        origin, _, names = message.partition(" ")
        if self._shared is None or origin == self._shared.origin:
            return
        known = {tag.value: tag for tag in Tag}
        self._raise_here(tenant_id, {known[name] for name in names.split(",") if name in known})

    async def run(self) -> None:
        """Lets pending tags count when they are due, and tells Redis; tries again while Redis does not answer."""
        while True:
            stop_if_cancelled()
            self._wake.clear()
            for tenant_id in list(self._pending):
                self._pending_now(tenant_id)
            all_told = await self._tell()
            try:
                async with asyncio.timeout(self._patience(all_told=all_told)):
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

    def _patience(self, *, all_told: bool) -> float | None:
        waits = [pending.due - self._monotonic() for pending in self._pending.values()]
        if not all_told:
            waits.append(RETRY_SECONDS)
        return max(0.0, min(waits)) if waits else None

    def _pending_now(self, tenant_id: UUID) -> _Pending | None:
        """What is not due yet; what is due counts from here on, whether or not `run` has come round to it."""
        pending = self._pending.get(tenant_id)
        if pending is not None and pending.due <= self._monotonic():
            del self._pending[tenant_id]
            self._raise(tenant_id, pending.tags)
            return None
        return pending

    def _raise(self, tenant_id: UUID, tags: set[Tag]) -> None:
        if tags:
            self._raise_here(tenant_id, tags)
            if self._shared is not None:
                self._owed[tenant_id] |= tags
                self._wake.set()

    def _raise_here(self, tenant_id: UUID, tags: set[Tag]) -> None:
        now = self._monotonic()
        self._generations.raise_(tenant_id, tags)
        for tag in tags:
            self._raised_at[tenant_id, tag] = now
        for listener in self._listeners:
            listener(tenant_id, frozenset(tags))
