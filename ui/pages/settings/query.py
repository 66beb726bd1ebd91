"""What the address says about the page: which tab, which filters, and which page of its list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

TABS: Final[Mapping[str, str]] = {
    "general": "Company",
    "people": "People",
    "sessions": "Sessions",
    "sign-in": "Sign-in",
    "limits": "Limits",
    "journey": "Journey",
    "api": "API keys",
    "keys": "Source keys",
    "webhooks": "Webhooks",
    "schemas": "Event schemas",
    "letters": "Dead letters",
    "audit": "Audit trail",
    "account": "Your account",
}
UNPAGED: Final = frozenset({"general", "journey", "limits", "sign-in"})
DEFAULT_TAB: Final = "general"
PAGE_SIZE: Final = 25
OUTCOMES: Final = ("DONE", "DENIED")
KINDS: Final = ("EVENT", "MESSAGE")
STATES: Final[Mapping[str, Sequence[str]]] = {
    "letters": ("WAITING", "REPLAYED", "DISCARDED"),
    "webhooks": ("WAITING", "DELIVERED", "DEAD"),
}


@dataclass(frozen=True, slots=True)
class SettingsQuery:
    tab: str = DEFAULT_TAB
    after: str | None = None
    before: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)

    def variables(self, zone: str = "UTC") -> dict[str, Any]:
        page = {"last": PAGE_SIZE, "before": self.before} if self.before else {"first": PAGE_SIZE, "after": self.after}
        if self.tab == "audit":
            return {**page, "where": self._audit(zone)}
        if self.tab == "letters":
            return {**page, "kind": self.filters.get("kind"), "state": self.filters.get("state")}
        if self.tab == "webhooks":
            return {**page, "endpoint": self.filters.get("endpoint"), "state": self.filters.get("state")}
        return page

    def _audit(self, zone: str) -> dict[str, Any]:
        named = {name: {"eq": self.filters[name]} for name in ("actor", "action", "outcome") if name in self.filters}
        span = {
            end: datetime.combine(date.fromisoformat(self.filters[name]), time(), ZoneInfo(zone)).isoformat()
            for name, end in (("since", "gte"), ("until", "lt"))
            if name in self.filters
        }
        return {**named, **({"at": {"range": span}} if span else {})}


def parse(asked: Mapping[str, Any] | None) -> SettingsQuery:
    """What the address holds may be forged, so what cannot be is left out."""
    given = {name: text for name, text in (asked or {}).items() if isinstance(text, str) and text}
    tab = given.get("tab", DEFAULT_TAB)
    tab = tab if tab in TABS else DEFAULT_TAB
    filters = {name: text for name, text in given.items() if _is_valid(tab, name, text)}
    return SettingsQuery(tab, given.get("after"), given.get("before"), filters)


def _is_valid(tab: str, name: str, text: str) -> bool:
    match name:
        case "outcome":
            return text in OUTCOMES
        case "kind":
            return text in KINDS
        case "state":
            return text in STATES.get(tab, ())
        case "actor" | "action" | "endpoint":
            return len(text) <= 200 and "\0" not in text  # noqa: PLR2004
        case "since" | "until":
            try:
                return bool(date.fromisoformat(text))
            except ValueError:
                return False
        case _:
            return False
