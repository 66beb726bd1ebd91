"""What the address says about the page. Everything in it may be forged, so unknown values fall back to the default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui import addresses, ranges

RANGES: Mapping[str, tuple[str, str, str]] = {
    "1h": ("1 hour", "LAST_HOUR", "MINUTE"),
    "24h": ("24 hours", "LAST_24_HOURS", "HOUR"),
    "7d": ("7 days", "LAST_7_DAYS", "HOUR"),
    "30d": ("30 days", "LAST_30_DAYS", "DAY"),
}
"""By its name in the address: its label, the API's preset, and the bucket of its series."""
DEFAULT_RANGE = "24h"
PRESETS: Mapping[str, str] = {name: preset for name, (_, preset, _) in RANGES.items()}
HOURLY_DAYS = 7
"""So many days of one's own are shown by the hour, more by the day."""


@dataclass(frozen=True, slots=True)
class LiveQuery:
    range_name: str
    compare: bool = True

    @property
    def range(self) -> dict[str, str]:
        return ranges.api_range(self.range_name, PRESETS)

    @property
    def bucket(self) -> str:
        days = ranges.days_of(self.range_name)
        if days is None:
            return RANGES[self.range_name][2]
        return "HOUR" if (days[1] - days[0]).days < HOURLY_DAYS else "DAY"


KEYS: addresses.Keys = {
    "range": lambda value: ranges.is_range(value, PRESETS),
    "cmp": lambda value: value == "none",
}


def parse(asked: Mapping[str, Any] | None) -> LiveQuery:
    given = (asked or {}).get("range")
    known = str(given) if ranges.is_range(given, PRESETS) else DEFAULT_RANGE
    return LiveQuery(known, compare=(asked or {}).get("cmp") != "none")
