"""How customers moved between segments, under one version of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import beta

from api.intelligence.arrays import Floats, Ints, InvalidColumnError

SHOWN_FROM: Final = 30
JEFFREYS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Movement:
    """counts and, of each segment's customers, the share that went where with its bounds: (segments, segments).

    `shown` is False in rows of fewer than 30 customers: their shares say nothing. `change` gives, for each segment, the
    chances to go up, stay and go down in the order of the segments, which is from the best to the least: (segments, 3).
    """

    segments: tuple[str, ...]
    counts: Ints
    share: Floats
    low: Floats
    high: Floats
    shown: np.ndarray[Any, np.dtype[np.bool_]]
    change: Floats
    change_low: Floats
    change_high: Floats


def movement(before: Any, after: Any, segments: Sequence[str], level: float = 0.9) -> Movement:
    """`before` and `after` name each customer's segment, in the same order of customers."""
    position = {name: index for index, name in enumerate(segments)}
    unknown = sorted({str(name) for name in (*before, *after)} - set(position))
    if unknown:
        raise InvalidColumnError("segments", f"do not hold {', '.join(unknown)}")
    if len(before) != len(after):
        raise InvalidColumnError("before and after", f"differ in length: {len(before)} and {len(after)}")
    counts = np.zeros((len(position),) * 2, dtype=np.int64)
    np.add.at(counts, ([position[str(name)] for name in before], [position[str(name)] for name in after]), 1)
    return movement_of(counts, segments, level)


def movement_of(counts: Ints, segments: Sequence[str], level: float = 0.9) -> Movement:
    """`counts` (segments, segments) of who went from where to where."""
    total = counts.sum(axis=1, keepdims=True)
    up, stay = np.tril(counts, -1).sum(axis=1), np.diag(counts)
    ways = np.column_stack([up, stay, total[:, 0] - up - stay])
    share, low, high = _jeffreys(counts, total, level)
    change, change_low, change_high = _jeffreys(ways, total, level)
    return Movement(
        tuple(segments), counts, share, low, high, total[:, 0] >= SHOWN_FROM, change, change_low, change_high
    )


def _jeffreys(counts: Ints, total: Ints, level: float) -> tuple[Floats, Floats, Floats]:
    tail = (1 - level) / 2
    inside, outside = counts + JEFFREYS, total - counts + JEFFREYS
    with np.errstate(invalid="ignore"):
        share = np.where(total > 0, counts / np.maximum(total, 1), np.nan)
    low = np.where(counts == 0, 0.0, beta.ppf(tail, inside, outside))
    high = np.where(counts == total, 1.0, beta.ppf(1 - tail, inside, outside))
    empty = np.broadcast_to(total == 0, counts.shape)
    return share, np.where(empty, 0.0, low), np.where(empty, 1.0, high)
