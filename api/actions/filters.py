"""What the list of decisions can be narrowed down to and sorted by."""

from enum import Enum
from typing import ClassVar

import strawberry

from api.actions.types import ActionDecided
from api.graphql.lists import SortDirection
from api.graphql.where import ALL_GIVEN, Choice, IdWhere, TextWhere, TimeWhere, combined


@strawberry.input(description=ALL_GIVEN)
class ActionDecisionWhere:
    __ids__: ClassVar = {"customer": "Customer"}
    AND: list["ActionDecisionWhere"] | None = combined("AND")
    OR: list["ActionDecisionWhere"] | None = combined("OR")
    NOT: "ActionDecisionWhere | None" = combined("NOT")
    customer: IdWhere | None = None
    action: TextWhere | None = None
    decision: Choice[ActionDecided] | None = None
    decided_by: TextWhere | None = None
    decided_at: TimeWhere | None = None


@strawberry.enum(description="What decisions can be sorted by.")
class ActionDecisionOrderField(Enum):
    DECIDED_AT = "decided_at"


@strawberry.input(description="One thing to sort by.")
class ActionDecisionOrder:
    field: ActionDecisionOrderField
    direction: SortDirection = SortDirection.DESC
