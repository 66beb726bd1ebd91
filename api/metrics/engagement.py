"""The engagement score: how the active customers of 30 days rank among those of the 30 days before. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.errors import BadInputError
from api.metrics.buckets import Window, shift_days
from api.metrics.contracts import ABSENT, Figure
from api.metrics.rolling import Anchor, day_end, microseconds

DAYS: Final = 30
PARTS: Final = ("recency", "frequency", "sessions", "conversations")
LARGEST_WEIGHT: Final = 1_000
NEVER: Final = np.int64(0)

Weights = Mapping[str, float]
Floats = NDArray[np.float64]
NOTHING: Final[Floats] = np.empty(0)


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


@dataclass(frozen=True, slots=True)
class Activity:
    """What one customer did between two successive edges; `last_at` is None when it had no event there."""

    customer_id: UUID
    position: int
    events: int
    last_at: datetime | None
    sessions: int
    conversations: int


class Activities:
    """All activity that any of the spans needs, by position."""

    def __init__(self, edges: Sequence[datetime], rows: Sequence[Activity]) -> None:
        ordered = sorted(rows, key=lambda row: row.position)
        codes: dict[UUID, int] = {}
        self._edges = {edge: index for index, edge in enumerate(edges, start=1)}
        self._customer = np.array([codes.setdefault(row.customer_id, len(codes)) for row in ordered], dtype=np.int64)
        self._position = np.array([row.position for row in ordered], dtype=np.int64)
        self._last = np.array(
            [NEVER if row.last_at is None else microseconds(row.last_at) for row in ordered], np.int64
        )
        self._counts = np.array(
            [(row.events, row.sessions, row.conversations) for row in ordered], dtype=np.float64
        ).reshape(-1, 3)

    def score(self, span: Span, weights: Weights) -> Figure:
        present = self._features(span.begin, span.end)
        reference = self._features(span.reference_begin, span.reference_end) if len(present[0]) else present
        if not len(reference[0]):
            return ABSENT
        ranks = [100.0 * _mean_rank(own, others) for own, others in zip(present, reference, strict=True)]
        weighed = [weights.get(part, 1.0) for part in PARTS]
        score = float(np.average(ranks, weights=weighed))
        return Figure(score, n=len(present[0]), parts=tuple(zip(PARTS, ranks, strict=True)))

    def _features(self, begin: datetime, end: datetime) -> tuple[Floats, ...]:
        """In the order of PARTS, for each customer with an event in [begin, end); more is more engaged."""
        first, last = np.searchsorted(self._position, [self._edges[begin], self._edges[end]])
        if first == last:
            return (NOTHING,) * len(PARTS)
        rows = slice(first, last)
        customers, place = np.unique(self._customer[rows], return_inverse=True)
        size = len(customers)
        latest = np.full(size, NEVER)
        np.maximum.at(latest, place, self._last[rows])
        events, sessions, conversations = (
            np.bincount(place, weights=self._counts[rows, column], minlength=size).astype(np.float64)
            for column in range(3)
        )
        active = events > 0
        recency = latest[active] - microseconds(end)
        return recency.astype(np.float64), events[active], sessions[active], conversations[active]


def _mean_rank(own: Floats, others: Floats) -> float:
    """The mean share of the others that lie below, those equal counted by half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, own, side="left")
    up_to = np.searchsorted(ordered, own, side="right")
    return float(np.mean((below + up_to) / 2.0) / len(ordered))
