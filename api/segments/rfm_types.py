"""RFM in GraphQL: of the tenant, and of one customer."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.graphql.context import Context
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.segments import members_repository as members
from api.segments import repository
from api.segments.contracts import MembershipRecord
from api.segments.enums import SegmentAnswerStatus, SegmentKind, SegmentShortage
from api.segments.rfm_reading import RfmAnswer
from api.tenants.types import Money

PROSPECT = "prospect"
FIFTHS = range(1, 6)


@strawberry.type(description="One of the eleven segments of RFM.")
class RfmSegment:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    label: str
    segment_id: strawberry.ID | None = strawberry.field(description="Null for another date than the current version's.")
    customers: int
    share: float = strawberry.field(description="Of the customers with a purchase, 0 to 1.")
    spent: Money
    spent_share: float | None = strawberry.field(description="Of what all have spent; null when that is not positive.")


@strawberry.type(description="One cell of the grid of recency and frequency, in fifths of which 5 is the best.")
class RfmCell:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    recency: int
    frequency: int
    customers: int
    spent: Money


@strawberry.type(description="Customers by recency, frequency and money.")
class Rfm:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    status: SegmentAnswerStatus
    insufficient: SegmentShortage | None
    as_of: datetime
    customers: int = strawberry.field(description="With a purchase by then.")
    prospects: int = strawberry.field(description="Known by then, without a purchase; they stand apart.")
    segments: list[RfmSegment] = strawberry.field(description="All eleven, the best first.")
    grid: list[RfmCell] = strawberry.field(description="All 25 cells.")
    version: int | None = strawberry.field(
        description="The number of the version whose thresholds they are; null for the fifths of that very day."
    )

    @classmethod
    def of(cls, answer: RfmAnswer) -> "Rfm":
        total = sum(found.spent for found in answer.labels.values())
        return cls(
            status=SegmentAnswerStatus.OK,
            insufficient=None,
            as_of=answer.as_of,
            customers=answer.buyers,
            prospects=max(0, answer.seen - answer.buyers),
            segments=[
                RfmSegment(
                    label=label,
                    segment_id=global_id("Segment", answer.segments[label]) if label in answer.segments else None,
                    customers=found.customers,
                    share=found.customers / max(1, answer.buyers),
                    spent=Money(amount=Int64(found.spent)),
                    spent_share=found.spent / total if total > 0 else None,
                )
                for label, found in answer.labels.items()
            ],
            grid=[
                RfmCell(
                    recency=r,
                    frequency=f,
                    customers=answer.cells[r, f].customers,
                    spent=Money(amount=Int64(answer.cells[r, f].spent)),
                )
                for r in FIFTHS
                for f in FIFTHS
            ],
            version=None if answer.version is None else answer.version.number,
        )

    @classmethod
    def refused(cls, shortage: SegmentShortage, as_of: datetime, seen: int) -> "Rfm":
        return cls(
            status=SegmentAnswerStatus.INSUFFICIENT_DATA,
            insufficient=shortage,
            as_of=as_of,
            customers=shortage.have,
            prospects=max(0, seen - shortage.have),
            segments=[],
            grid=[],
            version=None,
        )


@strawberry.type(description="Where one customer stands by recency, frequency and money: fifths, of which 5 is best.")
class CustomerRfm:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    label: str = strawberry.field(description="One of the eleven, or `prospect` before the first purchase.")
    recency: int | None
    frequency: int | None
    monetary: int | None
    as_of: datetime
    segment_id: strawberry.ID | None = strawberry.field(description="Null for a prospect.")


@strawberry.type(description="A segment that a customer is in.")
class CustomerSegment:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    segment_id: strawberry.ID
    name: str
    kind: SegmentKind
    since: datetime
    as_of: datetime | None


async def rfm_of_customer(context: Context, customer_id: UUID) -> CustomerRfm | None:
    """Null while there is no version of RFM."""
    version = await context.loader(repository.load_current, str).load("rfm")
    if version is None:
        return None
    groups = {group.id: group for group in await context.loader(repository.load_groups, UUID).load(version.id)}
    found = await context.loader(members.load_memberships, UUID).load(customer_id)
    mine: list[MembershipRecord] = [record for record in found if record.segment_id in groups]
    as_of = next((group.as_of for group in groups.values() if group.as_of is not None), None)
    if as_of is None:
        return None
    if not mine:
        return CustomerRfm(label=PROSPECT, recency=None, frequency=None, monetary=None, as_of=as_of, segment_id=None)
    record = mine[0]
    return CustomerRfm(
        label=groups[record.segment_id].name,
        recency=record.r,
        frequency=record.f,
        monetary=record.m,
        as_of=as_of,
        segment_id=global_id("Segment", record.segment_id),
    )


async def segments_of_customer(context: Context, customer_id: UUID) -> list[CustomerSegment]:
    found = await context.loader(members.load_memberships, UUID).load(customer_id)
    loader = context.loader(repository.load_segments, UUID)
    segments = await loader.load_many([record.segment_id for record in found])
    return [
        CustomerSegment(
            segment_id=global_id("Segment", segment.id),
            name=segment.name,
            kind=SegmentKind(segment.kind),
            since=record.since,
            as_of=segment.as_of,
        )
        for record, segment in zip(found, segments, strict=True)
        if segment is not None
    ]
