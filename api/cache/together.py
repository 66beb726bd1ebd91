"""Readings that are asked for at the same moment, done as one."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """Each reading begins after all its keys were asked for: nobody is given what was read before they came."""

    def __init__(self, find_all: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._find_all = find_all
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def find(self, key: K) -> V | None:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._begin)
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = loop.create_future()
        return await asyncio.shield(future)

    def _begin(self) -> None:
        asked, self._waiting = self._waiting, {}
        task = asyncio.create_task(self._read(asked))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self, asked: "Mapping[K, asyncio.Future[V | None]]") -> None:
        try:
            found = await self._find_all(list(asked))
        except asyncio.CancelledError:
            for future in asked.values():
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001  (whoever waits raises it)
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # it is no loss when all of them have gone away
            return
        for key, future in asked.items():
            future.set_result(found.get(key))
