"""When a delivery is tried again, and when an endpoint is left alone for a while. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

HOUR: Final = timedelta(hours=1)
PAUSES: Final = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR,
)  # fmt: skip
"""After the first try, the second, and so on; each up to a tenth longer, so that many do not come back at once."""
JITTER: Final = 0.1
KEPT_WAITING: Final = timedelta(days=3)
"""What has been due for longer, because its endpoint was left alone all the time, is dead too."""

TOLERATED: Final = 5
COOLDOWN: Final = timedelta(minutes=1)
LONGEST_COOLDOWN: Final = HOUR


def next_try(attempts: int, now: datetime, chance: float, pauses: tuple[timedelta, ...] = PAUSES) -> datetime | None:
    """After so many tries, with `chance` from 0 to 1; None after the last."""
    if attempts > len(pauses):
        return None
    return now + pauses[attempts - 1] * (1 + JITTER * chance)


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """Of one endpoint: `failures` in a row, `breaks` since the last success."""

    failures: int = 0
    breaks: int = 0
    open_until: datetime | None = None

    def state(self, now: datetime) -> BreakerState:
        if self.open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self.open_until else BreakerState.HALF_OPEN

    def after(self, now: datetime, *, reached: bool) -> "Breaker":
        """Half open, one failure is enough to open it again, for twice as long."""
        if reached:
            return Breaker()
        failures = self.failures + 1
        if failures < TOLERATED or self.state(now) is BreakerState.OPEN:
            return Breaker(failures, self.breaks, self.open_until)
        cooldown = min(COOLDOWN * 2 ** min(self.breaks, 10), LONGEST_COOLDOWN)
        return Breaker(failures, self.breaks + 1, now + cooldown)
