"""How many readings a process computes at a time: more at once would only make those wait who need no reading."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

READS_AT_ONCE: Final = 2
HELD_SECONDS: Final = 0.1
"""A reading that takes longer waits for the database rather than computes, and the next may begin beside it."""
WAITED_SECONDS: Final = 2.5
"""Nobody waits longer for a turn, whatever those before it do: half of a request's patience is left to read in."""
TYPICAL_SECONDS: Final = 0.02
"""What a reading is thought to take that was never seen."""
KINDS: Final = 512

log = logging.getLogger(__name__)


def one_person() -> int:
    return 1


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    turn: "asyncio.Future[None]"
    kind: Hashable
    people: Callable[[], int]


class Turns:
    """Smith's rule: first goes the reading with the most people waiting for each second that it takes, which makes
    all of them together wait least. Of equal ones, the one that came first."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._free = READS_AT_ONCE
        self._waiting: list[_Waiting] = []
        self._took: OrderedDict[Hashable, float] = OrderedDict()

    @property
    def all_free(self) -> bool:
        return self._free == READS_AT_ONCE

    @asynccontextmanager
    async def one(self, kind: Hashable, people: Callable[[], int] = one_person) -> AsyncIterator[None]:
        """Readings of a `kind` take about as long as each other. `people` tells how many wait for this one, whenever
        a turn is given away."""
        held = await self._take(kind, people)
        began = self._monotonic()

        def give_back() -> None:
            nonlocal held
            if held:
                held = False
                self._give_back()

        timer = asyncio.get_running_loop().call_later(HELD_SECONDS, give_back)
        try:
            yield
        finally:
            timer.cancel()
            self._note(kind, self._monotonic() - began)
            give_back()

    async def _take(self, kind: Hashable, people: Callable[[], int]) -> bool:
        """False for a reading that goes ahead without a turn."""
        if self._free:
            self._free -= 1
            return True
        waiting = _Waiting(asyncio.get_running_loop().create_future(), kind, people)
        self._waiting.append(waiting)
        try:
            await asyncio.wait({waiting.turn}, timeout=WAITED_SECONDS)
        except asyncio.CancelledError:
            if waiting.turn.done():
                self._give_back()
            else:
                self._waiting.remove(waiting)
            raise
        if not waiting.turn.done():
            self._waiting.remove(waiting)
            log.debug("a reading goes ahead without its turn")
        return waiting.turn.done()

    def _give_back(self) -> None:
        if not self._waiting:
            self._free += 1
            return
        first = max(self._waiting, key=self._worth)
        self._waiting.remove(first)
        first.turn.set_result(None)

    def _worth(self, waiting: _Waiting) -> float:
        return waiting.people() / self._took.get(waiting.kind, TYPICAL_SECONDS)

    def _note(self, kind: Hashable, seconds: float) -> None:
        before = self._took.pop(kind, seconds)
        self._took[kind] = max((before + seconds) / 2, 1e-6)
        if len(self._took) > KINDS:
            self._took.popitem(last=False)
