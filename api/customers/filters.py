"""What lists of customers can be narrowed down to, in GraphQL."""

from enum import Enum
from typing import ClassVar, Final

import strawberry

from api.customers.contracts import Act, Acted
from api.customers.figure_filters import (
    FIGURES,
    CustomerEnteredWhere,
    CustomerMovedWhere,
    CustomerPredictedWhere,
    CustomerRfmWhere,
)
from api.errors import BadInputError
from api.graphql.where import ALL_GIVEN, TextWhere, TimeRange, TimeWhere, WholeWhere, between, combined
from models.conditions import EVERYTHING, Compare, Condition, Operator, equal

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


@strawberry.input(description="Who did at least one of these within the range.")
class CustomerActedWhere:
    acts: list[CustomerAct]
    at: TimeRange


def _acted(given: CustomerActedWhere, path: tuple[str, ...]) -> Condition:
    if not given.acts:
        raise BadInputError("Name at least one act.", path=(*path, "acts"))
    acts = tuple(sorted({Act(act.value) for act in given.acts}))
    return Compare("acted", Operator.EQUAL, Acted(acts, between(given.at, (*path, "at"))))


@strawberry.input(description=ALL_GIVEN)
class CustomerWhere:
    __own__: ClassVar = {"acted": _acted, **FIGURES}
    AND: list["CustomerWhere"] | None = combined("AND")
    OR: list["CustomerWhere"] | None = combined("OR")
    NOT: "CustomerWhere | None" = combined("NOT")
    name: TextWhere | None = strawberry.field(default=None, description="Without regard to case.")
    external_id: TextWhere | None = None
    email: TextWhere | None = None
    country: TextWhere | None = None
    total_spent: WholeWhere | None = strawberry.field(default=None, description="In minor units.")
    order_count: WholeWhere | None = None
    last_order_at: TimeWhere | None = None
    first_seen_at: TimeWhere | None = None
    acted: CustomerActedWhere | None = None
    segment: strawberry.ID | None = strawberry.field(default=None, description="Who is in it now.")
    rfm: CustomerRfmWhere | None = None
    moved: CustomerMovedWhere | None = None
    entered: CustomerEnteredWhere | None = None
    predicted: CustomerPredictedWhere | None = None


def search_of(search: str | None) -> Condition:
    if search is not None and (len(search) > MAXIMUM_SEARCH or "\0" in search):
        raise BadInputError(f"A search has at most {MAXIMUM_SEARCH} characters.", path=("search",))
    return equal("search", search) if search else EVERYTHING
