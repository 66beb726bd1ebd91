"""Values that are looked up at every request and may be a moment old."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

MAXIMUM_ENTRIES: Final = 10_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Found at most once every `seconds` for a key, and once for all who ask at the same time. None is never kept."""

    def __init__(
        self, find: Callable[[K], Awaitable[V | None]], *, seconds: float, monotonic: Callable[[], float]
    ) -> None:
        self._find = find
        self._seconds = seconds
        self._monotonic = monotonic
        self._found: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._finding: dict[K, asyncio.Task[V | None]] = {}

    def known(self, key: K) -> V | None:
        """Without looking for it."""
        found = self._found.get(key)
        return found[1] if found is not None and found[0] > self._monotonic() else None

    async def get(self, key: K) -> V | None:
        known = self.known(key)
        if known is not None:
            return known
        finding = self._finding.get(key)
        if finding is None:
            finding = self._finding[key] = asyncio.create_task(self._look_up(key))
            finding.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(finding)

    def forget(self, concerns: Callable[[K], bool]) -> None:
        """Also what is being found right now: it may have been read before it changed."""
        for known in [key for key in self._found if concerns(key)]:
            del self._found[known]
        for asked in [key for key in self._finding if concerns(key)]:
            del self._finding[asked]

    async def _look_up(self, key: K) -> V | None:
        task = asyncio.current_task()
        expires_at = self._monotonic() + self._seconds
        try:
            value = await self._find(key)
            if value is not None and self._finding.get(key) is task:
                self._found[key] = (expires_at, value)
                self._found.move_to_end(key)
                if len(self._found) > MAXIMUM_ENTRIES:
                    self._found.popitem(last=False)
            return value
        finally:
            if self._finding.get(key) is task:
                del self._finding[key]
