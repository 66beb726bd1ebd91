"""Which customers to show: search, filters, order and place in the list, kept in the browser between callbacks.

The names of the filters are those of the file, /exports/customers: one query string is a page, a panel and a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as made
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from ui.pages.customers import behind

PAGE_SIZE = 25
FIELDS: Mapping[str, str] = {
    "name": "NAME",
    "orders": "ORDER_COUNT",
    "spent": "TOTAL_SPENT",
    "last": "LAST_ORDER_AT",
}
DEFAULT_SORT = "name"
MOST_SEARCH = 100
ACTS: Final = ("ORDER", "CANCELLATION", "EVENT", "CONVERSATION", "REPLY", "RATING", "CONVERSION")
NUMBERS: Final = {"spent": "totalSpent", "orders": "orderCount"}
MOMENTS: Final = {"lastOrder": "lastOrderAt", "firstSeen": "firstSeenAt"}
FILTERS: Final = (
    "country", "spentGte", "spentLte", "ordersGte", "ordersLte", "lastOrderGte", "lastOrderLt", "firstSeenGte",
    "firstSeenLt", "acted", "actedGte", "actedLt", *behind.NAMES,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CustomersQuery:
    """`sort` is a field of FIELDS, with a leading "-" for descending; `offset` counts the customers before the page."""

    search: str = ""
    sort: str = DEFAULT_SORT
    after: str | None = None
    before: str | None = None
    offset: int = 0
    filters: Mapping[str, str] = made(default_factory=dict)
    size: int = PAGE_SIZE

    @property
    def field(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def narrowed(self) -> bool:
        return bool(self.search or self.filters)

    def variables(self) -> dict[str, Any]:
        order = [{"field": FIELDS[self.field], "direction": "DESC" if self.descending else "ASC"}]
        page = {"last": self.size, "before": self.before} if self.before else {"first": self.size, "after": self.after}
        return {**page, "search": self.search or None, "where": where_of(self.filters), "orderBy": order}

    def export_path(self, extension: str) -> str:
        """The whole of what the page shows a part of."""
        asked = {"orderBy": f"{FIELDS[self.field]}:{'DESC' if self.descending else 'ASC'}", **self.filters}
        if self.search:
            asked["search"] = self.search
        return f"/exports/customers.{extension}?{urlencode(asked)}"

    def searching(self, text: str) -> "CustomersQuery":
        return CustomersQuery(search=_search(text), sort=self.sort, filters=self.filters)

    def filtering(self, filters: Mapping[str, str]) -> "CustomersQuery":
        return CustomersQuery(search=self.search, sort=self.sort, filters=known(filters))

    def sorted_by(self, field: str) -> "CustomersQuery":
        """Sorts by another field in its natural direction, or turns the present one round."""
        natural = field if field == "name" else f"-{field}"
        turned = field if self.descending else f"-{field}"
        return CustomersQuery(self.search, turned if field == self.field else natural, filters=self.filters)

    def next_page(self, cursor: str) -> "CustomersQuery":
        return replace(self, after=cursor, before=None, offset=self.offset + self.size)

    def previous_page(self, cursor: str) -> "CustomersQuery":
        return replace(self, after=None, before=cursor, offset=max(self.offset - self.size, 0))


def where_of(filters: Mapping[str, str]) -> dict[str, Any] | None:
    """The filters as the API's `where`; None when nothing is asked."""
    where: dict[str, Any] = {}
    if "country" in filters:
        where["country"] = {"oneOf": filters["country"].split(",")}
    for name, column in NUMBERS.items():
        bounds = {end.lower(): int(filters[name + end]) for end in ("Gte", "Lte") if name + end in filters}
        where |= {column: {"range": bounds}} if bounds else {}
    for name, column in MOMENTS.items():
        where |= {column: {"range": span}} if (span := _span(filters, name)) else {}
    if "acted" in filters:
        where["acted"] = {"acts": filters["acted"].split(","), "at": _span(filters, "acted")}
    return (where | behind.where_of(filters)) or None


def _span(filters: Mapping[str, str], name: str) -> dict[str, str]:
    return {end.lower(): filters[name + end] for end in ("Gte", "Lt") if name + end in filters}


def known(given: Mapping[str, object]) -> dict[str, str]:
    """What of an address is a filter; it may be forged, so what cannot be is left out."""
    found = {name: text for name in FILTERS if isinstance(text := given.get(name), str) and _is_valid(name, text)}
    return behind.whole(found)


def _is_valid(name: str, text: str) -> bool:
    if not text or len(text) > 2_000 or "\0" in text:  # noqa: PLR2004
        return False
    if name == "country":
        return True
    if name in behind.NAMES:
        return behind.is_valid(name, text)
    if name == "acted":
        return set(text.split(",")) <= set(ACTS)
    if name.startswith(tuple(NUMBERS)):
        return text.removeprefix("-").isascii() and text.removeprefix("-").isdecimal() and len(text) < 19  # noqa: PLR2004
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def parse(q: object = None, sort: object = None, **rest: object) -> CustomersQuery:
    """Reads the address; what it holds may be forged, so an unknown sort falls back to the default."""
    sortable = isinstance(sort, str) and sort.removeprefix("-") in FIELDS and sort.count("-") <= 1
    return CustomersQuery(search=_search(q), sort=str(sort) if sortable else DEFAULT_SORT, filters=known(rest))


def from_address(query_string: str) -> CustomersQuery:
    given: dict[str, Any] = dict(parse_qsl(query_string))
    return parse(**{name: value for name, value in given.items() if name.isidentifier()})


def address(query: CustomersQuery) -> str:
    """What stands after the ? when the page shows this, from its first customer on."""
    order = {} if query.sort == DEFAULT_SORT else {"sort": query.sort}
    search = {"q": query.search} if query.search else {}
    return urlencode({**search, **order, **query.filters})


def from_store(stored: Mapping[str, Any] | None) -> CustomersQuery:
    stored = stored or {}
    filters = stored.get("filters")
    query = parse(stored.get("search"), stored.get("sort"), **(filters if isinstance(filters, dict) else {}))
    after, before, offset = stored.get("after"), stored.get("before"), stored.get("offset", 0)
    return replace(
        query,
        after=after if isinstance(after, str) else None,
        before=before if isinstance(before, str) else None,
        offset=offset if isinstance(offset, int) and offset >= 0 else 0,
    )


def to_store(query: CustomersQuery) -> dict[str, Any]:
    return {
        "search": query.search,
        "sort": query.sort,
        "after": query.after,
        "before": query.before,
        "offset": query.offset,
        "filters": dict(query.filters),
    }


def _search(text: object) -> str:
    return text.strip()[:MOST_SEARCH] if isinstance(text, str) else ""
