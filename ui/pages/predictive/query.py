"""What the address says about the page. Everything in it may be forged, so unknown values fall back to the default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from ui import addresses

PATH = "/predictive"
PAGE_SIZE = 10
KINDS: Mapping[str, str] = {"churn": "CHURN", "conversion": "CONVERSION", "value": "CLV"}
KIND_LABELS: Mapping[str, str] = {"churn": "Churn", "conversion": "Conversion", "value": "Value"}
HORIZONS: Mapping[str, Sequence[int]] = {
    "churn": (30, 60, 90, 180),
    "conversion": (7, 30, 90),
    "value": (30, 60, 90, 180),
}
DEFAULT_KIND = "churn"
DEFAULT_HORIZON = 30
LONGEST = 400


@dataclass(frozen=True, slots=True)
class PredictiveQuery:
    """`customer` is whom the explanation is of; without one, the first of the list."""

    NAMES: ClassVar[frozenset[str]] = frozenset({"kind", "days", "customer", "after", "before"})
    kind: str = DEFAULT_KIND
    days: int = DEFAULT_HORIZON
    customer: str | None = None
    after: str | None = None
    before: str | None = None

    @property
    def is_value(self) -> bool:
        return self.kind == "value"

    @property
    def api_kind(self) -> str:
        return KINDS[self.kind]

    def variables(self) -> dict[str, Any]:
        page = {"last": PAGE_SIZE, "before": self.before} if self.before else {"first": PAGE_SIZE, "after": self.after}
        return {
            **page,
            "kind": self.api_kind,
            "horizon": self.days,
            "customer": self.customer or "",
            "chosen": self.customer is not None,
        }

    def href(self, **changes: Any) -> str:
        changed = replace(self, **changes)
        asked = {
            "kind": changed.kind,
            "days": str(changed.days),
            "customer": changed.customer,
            "after": changed.after,
            "before": changed.before,
        }
        return f"{PATH}?{urlencode({name: value for name, value in asked.items() if value is not None})}"

    def for_kind(self, kind: str) -> str:
        days = self.days if self.days in HORIZONS[kind] else DEFAULT_HORIZON
        return PredictiveQuery(kind, days).href()


KEYS: addresses.Keys = {
    "kind": addresses.one_of(KINDS),
    "days": lambda value: value in {str(days) for every in HORIZONS.values() for days in every},
    **dict.fromkeys(("customer", "after", "before")),
}


def parse(
    kind: object = None, days: object = None, customer: object = None, after: object = None, before: object = None
) -> PredictiveQuery:
    known = kind if isinstance(kind, str) and kind in KINDS else DEFAULT_KIND
    asked = int(days) if isinstance(days, str | int) and str(days).isdecimal() else DEFAULT_HORIZON
    horizon = asked if asked in HORIZONS[known] else DEFAULT_HORIZON
    return PredictiveQuery(known, horizon, _text(customer), _text(after), None if _text(after) else _text(before))


def _text(given: object) -> str | None:
    return given if isinstance(given, str) and 0 < len(given) <= LONGEST and given.isprintable() else None
