"""What lists of customers can be narrowed down to, in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import Final

import strawberry

from api.customers.contracts import Act, Acted, Between, CustomerFilter
from api.customers.figure_filters import (
    CustomerEnteredWhere,
    CustomerMovedWhere,
    CustomerPredictedWhere,
    CustomerRfmWhere,
    analytic,
)
from api.errors import BadInputError
from api.graphql.scalars import Int64

MOST_COUNTRIES: Final = 300
MAXIMUM_SEARCH: Final = 200


@strawberry.enum(description="What a customer did. CONVERSION: entered the stage purchase of the journey.")
class CustomerAct(Enum):
    ORDER = "ORDER"
    CANCELLATION = "CANCELLATION"
    EVENT = "EVENT"
    CONVERSATION = "CONVERSATION"
    REPLY = "REPLY"
    RATING = "RATING"
    CONVERSION = "CONVERSION"


@strawberry.input(description="Whole numbers; both ends are in it.")
class WholeRange:
    gte: Int64 | None = None
    lte: Int64 | None = None


@strawberry.input(description="Moments; the end is not in it.")
class TimeRange:
    gte: datetime | None = None
    lt: datetime | None = None


@strawberry.input(description="Who did at least one of these within the range.")
class CustomerActedWhere:
    acts: list[CustomerAct]
    at: TimeRange


@strawberry.input(description="All of what is given holds.")
class CustomerWhere:
    country: list[str] | None = strawberry.field(default=None, description="One of these.")
    total_spent: WholeRange | None = strawberry.field(default=None, description="In minor units.")
    order_count: WholeRange | None = None
    last_order_at: TimeRange | None = None
    first_seen_at: TimeRange | None = None
    acted: CustomerActedWhere | None = None
    segment: strawberry.ID | None = strawberry.field(default=None, description="Who is in it now.")
    rfm: CustomerRfmWhere | None = None
    moved: CustomerMovedWhere | None = None
    entered: CustomerEnteredWhere | None = None
    predicted: CustomerPredictedWhere | None = None


def filter_of(search: str | None, given: CustomerWhere | None) -> CustomerFilter:
    if search is not None and (len(search) > MAXIMUM_SEARCH or "\0" in search):
        raise BadInputError(f"A search has at most {MAXIMUM_SEARCH} characters.", path=("search",))
    if given is None:
        return CustomerFilter(search=search)
    countries = tuple(sorted(given.country or ()))
    if len(countries) > MOST_COUNTRIES or any("\0" in country for country in countries):
        raise BadInputError(f"Name at most {MOST_COUNTRIES} countries.", path=("where", "country"))
    acted = None
    if given.acted is not None:
        if not given.acted.acts:
            raise BadInputError("Name at least one act.", path=("where", "acted", "acts"))
        acts = {Act(act.value) for act in given.acted.acts}
        acted = Acted(tuple(sorted(acts)), _moments(given.acted.at, "acted", "at") or Between())
    return CustomerFilter(
        search=search,
        countries=countries,
        total_spent=_numbers(given.total_spent, "totalSpent"),
        order_count=_numbers(given.order_count, "orderCount"),
        last_order_at=_moments(given.last_order_at, "lastOrderAt"),
        first_seen_at=_moments(given.first_seen_at, "firstSeenAt"),
        acted=acted,
        **analytic(given.segment, given.rfm, given.moved, given.entered, given.predicted),
    )


def _numbers(given: WholeRange | None, name: str) -> Between[int] | None:
    if given is None:
        return None
    if given.gte is not None and given.lte is not None and given.gte > given.lte:
        raise BadInputError("The range ends before it begins.", path=("where", name, "lte"))
    return Between(given.gte, given.lte)


def _moments(given: TimeRange | None, *path: str) -> Between[datetime] | None:
    if given is None:
        return None
    for end, moment in (("gte", given.gte), ("lt", given.lt)):
        if moment is not None and moment.tzinfo is None:
            raise BadInputError("A moment needs its offset, such as Z.", path=("where", *path, end))
    if given.gte is not None and given.lt is not None and given.gte > given.lt:
        raise BadInputError("The range ends before it begins.", path=("where", *path, "lt"))
    return Between(given.gte, given.lt)
