"""How many readings a process computes at a time: more at once would only make those wait who need no reading."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

READS_AT_ONCE: Final = 2
HELD_SECONDS: Final = 0.1
"""A reading that takes longer waits for the database rather than computes, and the next may begin beside it."""
WAITED_SECONDS: Final = 1.0
"""Nobody waits longer for a turn, whatever those before it do."""

log = logging.getLogger(__name__)


class Turns:
    """In the order of asking."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(READS_AT_ONCE)

    @property
    def all_free(self) -> bool:
        return self._free._value == READS_AT_ONCE

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        held = False

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                self._free.release()

        try:
            async with asyncio.timeout(WAITED_SECONDS if self._free.locked() else None):
                held = await self._free.acquire()
        except TimeoutError:
            log.debug("a reading goes ahead without its turn")
        timer = asyncio.get_running_loop().call_later(HELD_SECONDS, give_back)
        try:
            yield
        finally:
            timer.cancel()
            give_back()
