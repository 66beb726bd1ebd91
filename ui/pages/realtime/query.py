"""What the address says about the page. Everything in it may be forged, so unknown values fall back to the default."""

from collections.abc import Mapping
from dataclasses import dataclass

from ui import addresses, ranges

RANGES: Mapping[str, str] = {
    "1h": "LAST_HOUR",
    "24h": "LAST_24_HOURS",
    "7d": "LAST_7_DAYS",
    "30d": "LAST_30_DAYS",
    "90d": "LAST_90_DAYS",
}
RANGE_LABELS: Mapping[str, str] = {
    "1h": "1 hour",
    "24h": "24 hours",
    "7d": "7 days",
    "30d": "30 days",
    "90d": "90 days",
}
METRICS: Mapping[str, str] = {
    "revenue": "Revenue",
    "orders": "Orders",
    "active_customers": "Active customers",
    "events": "Events",
    "conversations": "Conversations",
}
WHEN_DEFINED: Mapping[str, str] = {"engagement_score": "Engagement", "conversion_rate": "Conversion rate"}
"""Shown as cards once the tenant has what they are taken from."""
DEFAULT_RANGE = "7d"
DEFAULT_METRICS = ("revenue", "orders", "active_customers", "events")
MOST_METRICS = 4


@dataclass(frozen=True, slots=True)
class RealtimeQuery:
    range_name: str
    metrics: tuple[str, ...]
    compare: bool = True

    @property
    def range(self) -> dict[str, str]:
        return ranges.api_range(self.range_name, RANGES)


KEYS: addresses.Keys = {
    "range": lambda value: ranges.is_range(value, RANGES),
    "metrics": lambda value: isinstance(value, str) and set(value.split(",")) <= set(METRICS),
    "cmp": lambda value: value == "none",
}


def parse(range_name: object = None, metrics: object = None, compare: object = None) -> RealtimeQuery:
    """`compare` is "none" where the previous period is not wanted."""
    asked = metrics.split(",") if isinstance(metrics, str) else metrics if isinstance(metrics, list) else []
    known = tuple(slug for slug in METRICS if slug in asked)[:MOST_METRICS]
    chosen = str(range_name) if ranges.is_range(range_name, RANGES) else DEFAULT_RANGE
    return RealtimeQuery(chosen, known or DEFAULT_METRICS, compare=compare not in ("none", False))
