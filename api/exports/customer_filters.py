"""The filters of the GraphQL list of customers, as the query string of a file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from api.customers.contracts import Act, Acted
from api.errors import BadInputError
from api.exports.figure_filters import ANALYTIC, analytic_of
from api.exports.query_values import moment_of, whole_number
from models.conditions import All, Between, Compare, Condition, Operator, given

MAXIMUM_SEARCH: Final = 200
FILTERS: Final = (
    "search", "country", "spentGte", "spentLte", "ordersGte", "ordersLte", "lastOrderGte", "lastOrderLt",
    "firstSeenGte", "firstSeenLt", "acted", "actedGte", "actedLt",
    *ANALYTIC,
)  # fmt: skip
"""Lists are separated by commas, amounts are in minor units, moments are ISO 8601 with an offset."""


def customer_filter(asked: Mapping[str, str]) -> Condition:
    search = asked.get("search") or None
    if search is not None and (len(search) > MAXIMUM_SEARCH or "\0" in search):
        raise BadInputError(f"A search has at most {MAXIMUM_SEARCH} characters.", path=("search",))
    acts = _acts(asked.get("acted", ""))
    at = _moments(asked, "acted")
    countries = tuple(sorted(one for one in asked.get("country", "").split(",") if one and "\0" not in one))
    spans = {
        "total_spent": _numbers(asked, "spent"),
        "order_count": _numbers(asked, "orders"),
        "last_order_at": _moments(asked, "lastOrder"),
        "first_seen_at": _moments(asked, "firstSeen"),
    }
    return All(
        (
            given(search=search, acted=Acted(acts, at or Between()) if acts else None),
            *([Compare("country", Operator.ONE_OF, countries)] if countries else []),
            *(Compare(name, Operator.BETWEEN, span) for name, span in spans.items() if span is not None),
            *analytic_of(asked),
        )
    )


def _acts(given: str) -> tuple[Act, ...]:
    try:
        return tuple(sorted({Act(one) for one in given.split(",") if one}))
    except ValueError as error:
        hint = f"Write some of {', '.join(Act)}, with commas between."
        raise BadInputError("There is no such act.", hint=hint, path=("acted",)) from error


def _numbers(asked: Mapping[str, str], name: str) -> Between[int] | None:
    low, high = (whole_number(asked, f"{name}{end}") for end in ("Gte", "Lte"))
    return None if low is None and high is None else Between(low, high)


def _moments(asked: Mapping[str, str], name: str) -> Between[datetime] | None:
    low, high = (moment_of(asked, f"{name}{end}") for end in ("Gte", "Lt"))
    return None if low is None and high is None else Between(low, high)
