"""What the address says about the page. Everything in it may be forged, so unknown values fall back to the default."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ui import addresses

METHODS: Final[Mapping[str, str]] = {"rfm": "RFM", "kmeans": "K-means", "rules": "Rules"}
HORIZONS: Final = (30, 60, 90, 120)
PAGE_SIZE: Final = 15


@dataclass(frozen=True, slots=True)
class SegmentationQuery:
    method: str = "rfm"
    days: int = 30
    segment: str | None = None

    def variables(self) -> dict[str, Any]:
        rules = self.method == "rules"
        return {
            "method": "KMEANS" if self.method == "kmeans" else "RFM",
            "kind": "RULE" if rules else self.method.upper(),
            "days": self.days,
            "rfm": self.method == "rfm",
            "kmeans": self.method == "kmeans",
            "rules": rules,
        }

    def by(self, method: str) -> "SegmentationQuery":
        return replace(self, method=method, segment=None)


KEYS: addresses.Keys = {
    "method": addresses.one_of(METHODS),
    "days": lambda value: value in {str(days) for days in HORIZONS},
    "segment": None,
}


def parse(method: object = None, days: object = None, segment: object = None) -> SegmentationQuery:
    known = method if isinstance(method, str) and method in METHODS else "rfm"
    text = str(days)
    horizon = int(text) if text.isdecimal() and int(text) in HORIZONS else HORIZONS[0]
    return SegmentationQuery(known, horizon, segment if isinstance(segment, str) and segment else None)
