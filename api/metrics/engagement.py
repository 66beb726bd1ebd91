"""The engagement score: how the active customers of 30 days rank among those of the 30 days before. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from api.errors import BadInputError
from api.metrics.buckets import Window, shift_days
from api.metrics.contracts import ABSENT, Figure
from api.metrics.rolling import Anchor, day_end
from models.packed import Kind, microseconds, unpacked

DAYS: Final = 30
PARTS: Final = ("recency", "frequency", "sessions", "conversations")
LARGEST_WEIGHT: Final = 1_000

Weights = Mapping[str, float]
Integers = NDArray[np.int64]


def check_weights(weights: Weights) -> None:
    if unknown := sorted(set(weights) - set(PARTS)):
        raise BadInputError(f"There is no part {unknown[0]!r}; there are {', '.join(PARTS)}.", path=("weights",))
    if not all(0 <= weight <= LARGEST_WEIGHT for weight in weights.values()):
        raise BadInputError(f"A weight lies between 0 and {LARGEST_WEIGHT}.", path=("weights",))
    if not any(weights.get(part, 1.0) for part in PARTS):
        raise BadInputError("At least one part must have a weight above 0.", path=("weights",))


@dataclass(frozen=True, slots=True)
class Span:
    """The 30 days that end at a moment, and the 30 days before them, cut at the same time of day."""

    begin: datetime
    end: datetime
    reference_begin: datetime
    reference_end: datetime

    @classmethod
    @lru_cache(maxsize=1024)
    def of(cls, anchor: Anchor, window: Window) -> Self:
        last = day_end(anchor.at, window)
        return cls(
            shift_days(last, -DAYS, window.zone),
            anchor.at,
            shift_days(last, -2 * DAYS, window.zone),
            shift_days(anchor.at, -DAYS, window.zone),
        )

    @property
    def edges(self) -> tuple[datetime, ...]:
        return self.begin, self.end, self.reference_begin, self.reference_end


ACTIVITY: Final = {
    "customer_id": Kind.KEY,
    "last_at": Kind.MOMENT,
    "events": Kind.NUMBER,
    "sessions": Kind.NUMBER,
    "conversations": Kind.NUMBER,
}
"""What one customer did between two successive edges; `last_at` is that of its last event, NEVER without one."""


class Activities:
    """All activity that any of the spans needs; `found` by the position of the edge it lies behind, from 1."""

    def __init__(self, edges: Sequence[datetime], found: Mapping[int, bytes]) -> None:
        parts = [unpacked(ACTIVITY, found.get(position)) for position in range(1, len(edges))]
        rows = np.concatenate([unpacked(ACTIVITY, None), *parts])
        self._edges = {edge: index for index, edge in enumerate(edges)}
        self._starts = np.cumsum([0, *map(len, parts)])
        customers, self._customer = np.unique(rows["customer_id"], return_inverse=True)
        self._size = len(customers)
        self._last = rows["last_at"].astype(np.int64)
        self._counts = [rows[name].astype(np.float64) for name in ("events", "sessions", "conversations")]

    def score(self, span: Span, weights: Weights) -> Figure:
        present = self._features(span.begin, span.end)
        reference = self._features(span.reference_begin, span.reference_end) if len(present[0]) else present
        if not len(reference[0]):
            return ABSENT
        ranks = [100.0 * _mean_rank(own, others) for own, others in zip(present, reference, strict=True)]
        weighed = [weights.get(part, 1.0) for part in PARTS]
        score = float(np.average(ranks, weights=weighed))
        return Figure(score, n=len(present[0]), parts=tuple(zip(PARTS, ranks, strict=True)))

    def _features(self, begin: datetime, end: datetime) -> tuple[Integers, ...]:
        """In the order of PARTS, for each customer with an event in [begin, end); more is more engaged."""
        rows = slice(self._starts[self._edges[begin]], self._starts[self._edges[end]])
        customers = self._customer[rows]
        events, sessions, conversations = (
            np.bincount(customers, weights=counts[rows], minlength=self._size).astype(np.int64)
            for counts in self._counts
        )
        active = np.flatnonzero(events)
        latest = np.full(self._size, np.iinfo(np.int64).min)
        np.maximum.at(latest, customers, self._last[rows])
        return latest[active] - microseconds(end), events[active], sessions[active], conversations[active]


def _mean_rank(own: Integers, others: Integers) -> float:
    """The mean share of the others that lie below, those equal counted by half."""
    values, number = np.unique(own, return_counts=True)
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, side="left")
    up_to = np.searchsorted(ordered, values, side="right")
    return float(np.dot(below + up_to, number)) / (2 * len(own) * len(others))
