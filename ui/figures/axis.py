"""A value axis with few, round ticks that always contains zero."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_INTERVALS = 4


@dataclass(frozen=True, slots=True)
class ValueAxis:
    ticks: tuple[float, ...]
    low: float
    high: float


def value_axis(values: Sequence[float], *, whole: bool) -> ValueAxis:
    """Spans zero and all values with at most four to five intervals; `whole` allows no fractions of one."""
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    if low == high:
        return ValueAxis((0.0, 1.0), 0.0, 1.0)
    step = _step((high - low) / MOST_INTERVALS, whole=whole)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple(index * step for index in range(first, last + 1))
    return ValueAxis(ticks, ticks[0], ticks[-1])


def _step(at_least: float, *, whole: bool) -> float:
    if whole and at_least <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(at_least))
    fits = (factor * power for factor in STEPS if factor * power >= at_least * (1 - 1e-9))
    return next(step for step in fits if not whole or step == math.floor(step))
