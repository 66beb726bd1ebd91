"""How long something took, the time left out in which the machine gave this thread no processor."""

import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")
STATISTICS: Final = Path("/proc/thread-self/schedstat")


def starved() -> float:
    """Seconds for which this thread was ready and others ran: as Linux counts them, elsewhere nothing is known."""
    try:
        _, waited, _ = STATISTICS.read_text().split()
    except OSError:
        return 0.0
    return int(waited) / 1e9


async def timed(work: Awaitable[T]) -> tuple[T, float]:
    """What the work gave, and its seconds."""
    begun, waited = time.perf_counter(), starved()
    result = await work
    return result, time.perf_counter() - begun - (starved() - waited)
