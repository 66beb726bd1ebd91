"""Which customers to show: search, order and place in the list, kept in the browser between callbacks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

PAGE_SIZE = 25
FIELDS: Mapping[str, str] = {
    "name": "NAME",
    "orders": "ORDER_COUNT",
    "spent": "TOTAL_SPENT",
    "last": "LAST_ORDER_AT",
}
DEFAULT_SORT = "name"
MOST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class CustomersQuery:
    """`sort` is a field of FIELDS, with a leading "-" for descending; `offset` counts the customers before the page."""

    search: str = ""
    sort: str = DEFAULT_SORT
    after: str | None = None
    before: str | None = None
    offset: int = 0

    @property
    def field(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    def variables(self) -> dict[str, Any]:
        order = [{"field": FIELDS[self.field], "direction": "DESC" if self.descending else "ASC"}]
        page = {"last": PAGE_SIZE, "before": self.before} if self.before else {"first": PAGE_SIZE, "after": self.after}
        return {**page, "search": self.search or None, "orderBy": order}

    def export_path(self, extension: str) -> str:
        """The whole of what the page shows a part of."""
        asked = {"orderBy": f"{FIELDS[self.field]}:{'DESC' if self.descending else 'ASC'}"}
        if self.search:
            asked["search"] = self.search
        return f"/exports/customers.{extension}?{urlencode(asked)}"

    def searching(self, text: str) -> "CustomersQuery":
        return CustomersQuery(search=_search(text), sort=self.sort)

    def sorted_by(self, field: str) -> "CustomersQuery":
        """Sorts by another field in its natural direction, or turns the present one round."""
        natural = field if field == "name" else f"-{field}"
        turned = field if self.descending else f"-{field}"
        return CustomersQuery(search=self.search, sort=turned if field == self.field else natural)

    def next_page(self, cursor: str) -> "CustomersQuery":
        return replace(self, after=cursor, before=None, offset=self.offset + PAGE_SIZE)

    def previous_page(self, cursor: str) -> "CustomersQuery":
        return replace(self, after=None, before=cursor, offset=max(self.offset - PAGE_SIZE, 0))


def parse(q: object = None, sort: object = None) -> CustomersQuery:
    """Reads the address; what it holds may be forged, so an unknown sort falls back to the default."""
    known = isinstance(sort, str) and sort.removeprefix("-") in FIELDS and sort.count("-") <= 1
    return CustomersQuery(search=_search(q), sort=str(sort) if known else DEFAULT_SORT)


def from_store(stored: Mapping[str, Any] | None) -> CustomersQuery:
    stored = stored or {}
    query = parse(stored.get("search"), stored.get("sort"))
    after, before, offset = stored.get("after"), stored.get("before"), stored.get("offset", 0)
    return replace(
        query,
        after=after if isinstance(after, str) else None,
        before=before if isinstance(before, str) else None,
        offset=offset if isinstance(offset, int) and offset >= 0 else 0,
    )


def _search(text: object) -> str:
    return text.strip()[:MOST_SEARCH] if isinstance(text, str) else ""
