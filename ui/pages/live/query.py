"""What the address says about the page. Everything in it may be forged, so unknown values fall back to the default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui import addresses

RANGES: Mapping[str, tuple[str, str, str]] = {
    "1h": ("1 hour", "LAST_HOUR", "MINUTE"),
    "24h": ("24 hours", "LAST_24_HOURS", "HOUR"),
    "7d": ("7 days", "LAST_7_DAYS", "HOUR"),
    "30d": ("30 days", "LAST_30_DAYS", "DAY"),
}
"""By its name in the address: its label, the API's preset, and the bucket of its series."""
DEFAULT_RANGE = "24h"


@dataclass(frozen=True, slots=True)
class LiveQuery:
    range_name: str
    compare: bool = True

    @property
    def preset(self) -> str:
        return RANGES[self.range_name][1]

    @property
    def bucket(self) -> str:
        return RANGES[self.range_name][2]


KEYS: addresses.Keys = {"range": addresses.one_of(RANGES), "cmp": lambda value: value == "none"}


def parse(asked: Mapping[str, Any] | None) -> LiveQuery:
    given = (asked or {}).get("range")
    known = given if isinstance(given, str) and given in RANGES else DEFAULT_RANGE
    return LiveQuery(known, compare=(asked or {}).get("cmp") != "none")
