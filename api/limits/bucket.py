"""Token buckets: they hold so many points, and get so many back each second. Pure, but for the clock."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

MAXIMUM_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """`capacity` in points, `rate` in points a second."""

    capacity: float
    rate: float

    @property
    def seconds_to_fill(self) -> float:
        return self.capacity / self.rate


@dataclass(frozen=True, slots=True)
class Taken:
    """`granted` is 0 when it was refused; `levels` are the buckets' as they are now, in the order they were named."""

    granted: float
    levels: tuple[float, ...]


def wait_seconds(need: float, limits: Mapping[str, Limit], levels: tuple[float, ...]) -> float:
    """Until all of the buckets hold so much."""
    waits = [(need - level) / limit.rate for limit, level in zip(limits.values(), levels, strict=True)]
    return max(0.0, *waits)


class LocalBuckets:
    """Those of one process, for when Redis is away."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, limits: Mapping[str, Limit], need: float) -> Taken:
        """From all of the buckets, or from none."""
        now = self._monotonic()
        levels = [self._level(name, limit, now) for name, limit in limits.items()]
        enough = min(levels) >= need
        for name, level in zip(limits, levels, strict=True):
            self._levels[name] = (level - need if enough else level, now)
            self._levels.move_to_end(name)
        while len(self._levels) > MAXIMUM_BUCKETS:
            self._levels.popitem(last=False)
        return Taken(need if enough else 0, tuple(level - need if enough else level for level in levels))

    def forget(self, name: str) -> None:
        self._levels.pop(name, None)

    def _level(self, name: str, limit: Limit, now: float) -> float:
        level, at = self._levels.get(name, (limit.capacity, now))
        return min(limit.capacity, level + (now - at) * limit.rate)
