"""Changes of metrics, and the series that are read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

TOPIC: Final = "customer_metrics"
"""The stream that carries changes of metrics."""


@dataclass(frozen=True, slots=True)
class Change:
    """How much an additive metric changed in the minute that begins at `minute`."""

    metric: str
    minute: datetime
    amount: int


def to_payload(changes: Iterable[Change]) -> dict[str, Any]:
    return {"changes": [[change.metric, int(change.minute.timestamp()), change.amount] for change in changes]}


def from_payload(payload: Mapping[str, Any]) -> list[Change]:
    return [
        Change(metric, datetime.fromtimestamp(minute, UTC), amount) for metric, minute, amount in payload["changes"]
    ]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over a window: a value for each bucket, zeros included, in the order of the window's buckets."""

    total: int
    previous_total: int
    values: tuple[int, ...]
    previous_values: tuple[int, ...]
