"""Changes of metrics, and the series that are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Self

from api.streams.topics import Topic


@dataclass(frozen=True, slots=True)
class Change:
    """How much an additive metric changed in the minute that begins at `minute`."""

    metric: str
    minute: datetime
    amount: int


@dataclass(frozen=True, slots=True)
class MetricsChanged:
    """What one batch added to the additive metrics."""

    TOPIC: ClassVar[Topic] = Topic.CUSTOMER_METRICS
    changes: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        return {"changes": [[change.metric, int(change.minute.timestamp()), change.amount] for change in self.changes]}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        return cls(
            tuple(
                Change(metric, datetime.fromtimestamp(minute, UTC), amount)
                for metric, minute, amount in given["changes"]
            )
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over one span of time. `value` is None when there is nothing to take it from, which is never a zero.

    `n` is how many observations it was taken from, `low` to `high` its 95% interval, `parts` what it is made of or
    stands beside; each only where the metric's formula has them. `as_of` is when the oldest of them was made.
    """

    value: float | None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    parts: tuple[tuple[str, float], ...] = ()
    as_of: datetime | None = None


ABSENT: Final = Figure(None)
ZERO: Final = Figure(0)


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over a window: a figure for each bucket, in the order of the window's buckets, and for the whole."""

    total: Figure
    previous_total: Figure
    values: tuple[Figure, ...]
    previous_values: tuple[Figure, ...]
