"""What lists of events can be narrowed down to and sorted by."""

from enum import Enum
from typing import ClassVar

import strawberry

from api.graphql.lists import SortDirection
from api.graphql.where import ALL_GIVEN, IdWhere, TextWhere, TimeWhere, combined


@strawberry.input(description=ALL_GIVEN)
class EventWhere:
    __ids__: ClassVar = {"customer": "Customer"}
    AND: list["EventWhere"] | None = combined("AND")
    OR: list["EventWhere"] | None = combined("OR")
    NOT: "EventWhere | None" = combined("NOT")
    name: TextWhere | None = None
    source: TextWhere | None = None
    message_id: TextWhere | None = None
    customer: IdWhere | None = None
    occurred_at: TimeWhere | None = None
    received_at: TimeWhere | None = None


@strawberry.enum(description="What events can be sorted by.")
class EventOrderField(Enum):
    OCCURRED_AT = "occurred_at"


@strawberry.input(description="One thing to sort by.")
class EventOrder:
    field: EventOrderField
    direction: SortDirection = SortDirection.DESC
