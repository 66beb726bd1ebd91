"""Why a customer is in a segment, in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.graphql.personal import PersonalKind, personal
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
    node: strawberry.Private[ExplainedNode]
    path: str = strawberry.field(description="The way from the top, such as `all.0.not`; empty for the top itself.")
    depth: int
    holds: bool
    unit: SegmentNodeUnit

    @classmethod
    def of(cls, node: ExplainedNode) -> "SegmentExplanationNode":
        return cls(
            node=node,
            path=node.path,
            depth=node.depth,
            holds=node.holds,
            unit=SegmentNodeUnit(node.unit.value),
        )

    @personal(PersonalKind.TEXT, "The node in words; contact details in it are masked without customers:export.")
    def text(self) -> str:
        return self.node.text

    @personal(PersonalKind.TEXT, "What it looked at, masked alike; null when there is nothing.")
    def actual(self) -> Json | None:
        return None if self.node.actual is None else Json(self.node.actual)


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
