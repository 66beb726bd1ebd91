"""What lists of segments and of versions can be narrowed down to and sorted by."""

from enum import Enum

import strawberry

from api.graphql.lists import SortDirection
from api.graphql.where import ALL_GIVEN, Choice, TextWhere, TimeWhere, combined
from api.segments.enums import SegmentationState, SegmentKind, SegmentMethod, SegmentMode


@strawberry.input(description=ALL_GIVEN)
class SegmentWhere:
    AND: list["SegmentWhere"] | None = combined("AND")
    OR: list["SegmentWhere"] | None = combined("OR")
    NOT: "SegmentWhere | None" = combined("NOT")
    name: TextWhere | None = None
    kind: Choice[SegmentKind] | None = None
    mode: Choice[SegmentMode] | None = None
    created_at: TimeWhere | None = None


@strawberry.enum(description="What segments can be sorted by.")
class SegmentOrderField(Enum):
    NAME = "name"


@strawberry.input(description="One thing to sort by.")
class SegmentOrder:
    field: SegmentOrderField
    direction: SortDirection = SortDirection.ASC


@strawberry.input(description=ALL_GIVEN)
class SegmentationWhere:
    AND: list["SegmentationWhere"] | None = combined("AND")
    OR: list["SegmentationWhere"] | None = combined("OR")
    NOT: "SegmentationWhere | None" = combined("NOT")
    method: Choice[SegmentMethod] | None = None
    state: Choice[SegmentationState] | None = None
    created_at: TimeWhere | None = None


@strawberry.enum(description="What versions can be sorted by.")
class SegmentationOrderField(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="One thing to sort by.")
class SegmentationOrder:
    field: SegmentationOrderField
    direction: SortDirection = SortDirection.DESC
