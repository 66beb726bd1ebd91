"""What the address says about the page. Everything in it may be forged: what is not known falls back to the default."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from ui import addresses, ranges

RANGES: Mapping[str, str] = {
    "24h": "LAST_24_HOURS",
    "7d": "LAST_7_DAYS",
    "30d": "LAST_30_DAYS",
    "90d": "LAST_90_DAYS",
}
RANGE_LABELS: Mapping[str, str] = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
DEFAULT_RANGE = "90d"
PATH = "/journeys"
STILL_HERE = "here"
"""In place of the stage that customers went to."""
MOST = 200
ALL_AS_TABLES = "funnel,bottlenecks,flow,stays,conversion,stages"


@dataclass(frozen=True, slots=True)
class JourneyQuery:
    """`stage` and `to` open the list of who stands behind a figure, `customer` one of them. `tables` are the charts
    that are shown as tables."""

    range_name: str = DEFAULT_RANGE
    tables: str | None = None
    stage: str | None = None
    to: str | None = None
    after: str | None = None
    customer: str | None = None

    @property
    def range(self) -> dict[str, str]:
        return ranges.api_range(self.range_name, RANGES)

    @property
    def has_panel(self) -> bool:
        return self.stage is not None or self.customer is not None

    def change(self, **values: Any) -> "JourneyQuery":
        return replace(self, **values)

    def closed(self) -> "JourneyQuery":
        return JourneyQuery(self.range_name, self.tables)

    @property
    def address(self) -> str:
        given = {
            "range": "" if self.range_name == DEFAULT_RANGE else self.range_name,
            "table": self.tables,
            "stage": self.stage,
            "to": self.to,
            "after": self.after,
            "customer": self.customer,
        }
        text = urlencode({name: value for name, value in given.items() if value}, safe=",")
        return f"{PATH}?{text}" if text else PATH

    def stored(self) -> dict[str, Any]:
        return asdict(self)


def parse(given: Mapping[str, object]) -> JourneyQuery:
    name = given.get("range")
    stage = _text(given.get("stage"))
    return JourneyQuery(
        range_name=str(name) if ranges.is_range(name, RANGES) else DEFAULT_RANGE,
        tables=_text(given.get("table")),
        stage=stage,
        to=_text(given.get("to")) if stage else None,
        after=_text(given.get("after")) if stage else None,
        customer=_text(given.get("customer")),
    )


KEYS: addresses.Keys = {
    "range": lambda value: ranges.is_range(value, RANGES),
    **dict.fromkeys(("stage", "to", "after", "customer")),
}


def from_store(stored: Mapping[str, Any]) -> JourneyQuery:
    return JourneyQuery(**stored)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= MOST else None
