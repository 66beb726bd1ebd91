"""Changes of metrics, and the series that are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

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
class Series:
    """One metric over a window: a value for each bucket, zeros included, in the order of the window's buckets."""

    total: int
    previous_total: int
    values: tuple[int, ...]
    previous_values: tuple[int, ...]
