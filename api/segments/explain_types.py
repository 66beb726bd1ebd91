"""Why a customer is in a segment, in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.graphql.scalars import Json
from api.segments.explaining import ExplainedNode, Explanation


@strawberry.enum(description="What `actual` is in. MONEY is in minor units, a MOMENT in ISO 8601.")
class SegmentNodeUnit(Enum):
    COUNT = "COUNT"
    MONEY = "MONEY"
    DAYS = "DAYS"
    MOMENT = "MOMENT"
    TEXT = "TEXT"
    DISTANCE = "DISTANCE"
    YES_NO = "YES_NO"
    NONE = "NONE"


@strawberry.type(description="One node of the rule, or one number of the method.")
class SegmentExplanationNode:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    path: str = strawberry.field(description="The way from the top, such as `all.0.not`; empty for the top itself.")
    depth: int
    text: str
    holds: bool
    actual: Json | None = strawberry.field(description="What it looked at; null when there is nothing.")
    unit: SegmentNodeUnit

    @classmethod
    def of(cls, node: ExplainedNode) -> "SegmentExplanationNode":
        return cls(
            path=node.path,
            depth=node.depth,
            text=node.text,
            holds=node.holds,
            actual=None if node.actual is None else Json(node.actual),
            unit=SegmentNodeUnit(node.unit.value),
        )


@strawberry.type(description="Why a customer is, or is not, in a segment.")
class SegmentExplanation:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    as_of: datetime = strawberry.field(description="The moment that it tells of: the segment's own.")
    member: bool = strawberry.field(description="Whether the customer is in the segment.")
    matches: bool = strawberry.field(description="What the nodes come to.")
    nodes: list[SegmentExplanationNode] = strawberry.field(description="From the top, each followed by its parts.")

    @classmethod
    def of(cls, found: Explanation) -> "SegmentExplanation":
        nodes = [SegmentExplanationNode.of(node) for node in found.nodes]
        return cls(as_of=found.as_of, member=found.member, matches=found.matches, nodes=nodes)
