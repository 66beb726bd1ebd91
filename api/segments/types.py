"""Segments in GraphQL, and the versions of the methods that make them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import INTELLIGENCE
from api.customers.filters import CustomerWhere
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Context, Info
from api.graphql.ids import global_id
from api.graphql.lists import Asked, List
from api.graphql.permissions import Requirement, field, resolved
from api.graphql.personal import PersonalKind, personal
from api.graphql.scalars import Int64, Json
from api.segments import members_repository as members
from api.segments import repository
from api.segments.contracts import SegmentationRecord, SegmentRecord
from api.segments.definition_ids import shown
from api.segments.enums import (
    SegmentationState,
    SegmentFeature,
    SegmentKind,
    SegmentMethod,
    SegmentMode,
    SegmentShortage,
)
from api.segments.quality_types import ClusterQuality, MovementBacktest
from api.tenants.types import Money, tenant_of
from models.conditions import equal

if TYPE_CHECKING:
    from api.customers.types import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("api.customers.types")]
MOST_POINTS = 2_000

Points = Annotated[int, strawberry.argument(description=f"At most so many customers, 1 to {MOST_POINTS}.")]


@strawberry.type(description="How far one feature of a segment lies from that of all others.")
class SegmentTrait:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    feature: str
    effect: float = strawberry.field(description="In standard deviations of all customers, once made symmetric.")
    mean: float
    mean_elsewhere: float


@strawberry.type(description="A group of customers.")
class Segment:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    id: strawberry.ID
    record: strawberry.Private[SegmentRecord]
    name: str
    kind: SegmentKind
    mode: SegmentMode
    position: int | None = strawberry.field(description="Among the groups of its version, 0 the best; null for a rule.")
    segmentation_id: strawberry.ID | None = strawberry.field(description="The version; null for a rule.")
    previous_id: strawberry.ID | None = strawberry.field(
        description="The group of the version before that it continues; null when it is new."
    )
    traits: list[SegmentTrait] = strawberry.field(description="What sets a cluster apart, most telling first.")
    as_of: datetime | None = strawberry.field(
        description="The moment of the tenant's clock that the membership is right for; null while it is worked "
        "out, and when it is kept no more."
    )
    last_error: str | None = strawberry.field(description="Why the last try to bring it up to date came to nothing.")
    created_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, record: SegmentRecord) -> "Segment":
        traits = [
            SegmentTrait(
                feature=trait["feature"],
                effect=trait["effect"],
                mean=trait["mean"],
                mean_elsewhere=trait["meanElsewhere"],
            )
            for trait in record.traits or ()
        ]
        return cls(
            id=global_id("Segment", record.id),
            record=record,
            name=record.name,
            kind=SegmentKind(record.kind),
            mode=SegmentMode(record.mode),
            position=record.position,
            segmentation_id=_id("Segmentation", record.segmentation_id),
            previous_id=_id("Segment", record.previous_id),
            traits=traits,
            as_of=record.as_of,
            last_error=record.last_error,
            created_by=record.created_by,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )

    @personal(PersonalKind.TEXT, "The rule; contact details in it are masked without customers:export.")
    def definition(self) -> Json | None:
        return None if self.record.definition is None else Json(shown(self.record.definition))

    @resolved("How far the membership is behind the tenant's clock; null for a static segment.")
    async def lag_seconds(self, info: Info) -> float | None:
        if self.record.mode == "static" or self.record.as_of is None:
            return None
        now = (await tenant_of(info.context)).now(info.context.services.now())
        return max(0.0, (now - self.record.as_of).total_seconds())

    @resolved("How many customers are in it; null when that is not kept any more, two versions later.")
    async def customers(self, info: Info) -> Int64 | None:
        if self.record.is_forgotten:
            return None
        return Int64((await info.context.loader(members.load_sizes, UUID).load(self.record.id)).customers)

    @resolved("What they have spent, net of cancellations; null like `customers`.")
    async def spent(self, info: Info) -> Money | None:
        if self.record.is_forgotten:
            return None
        size = await info.context.loader(members.load_sizes, UUID).load(self.record.id)
        return Money(amount=Int64(size.spent))

    @field(Permission.CUSTOMERS_READ, "Who is in it, those who spent most first.", cached=INTELLIGENCE)
    async def members(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: CustomerWhere | None = None,
    ) -> Connection[LazyCustomer]:
        from api.customers.types import Customer

        listed = List("segment.members", members.MEMBERS, Customer.of)
        return await listed.connect(
            info.context, Asked(first, after, last, before, where), equal("segment", self.record.id)
        )


@strawberry.type(description="Where one customer stands in the picture of the clusters.")
class SegmentPoint:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    customer_id: strawberry.ID
    segment_id: strawberry.ID
    x: float
    y: float


@strawberry.type(description="A version of a method. Once it is READY, what it assigns by never changes.")
class Segmentation:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    id: strawberry.ID
    record: strawberry.Private[SegmentationRecord]
    method: SegmentMethod
    number: int = strawberry.field(description="1 for the method's first version.")
    state: SegmentationState
    current: bool = strawberry.field(description="Whether customers are in this version's segments now.")
    reason: str | None = strawberry.field(description="Why there is no result.")
    insufficient: SegmentShortage | None
    requested_clusters: int | None = strawberry.field(description="Null for an automatic number.")
    features: list[SegmentFeature] = strawberry.field(description="What the clusters are made of; empty for RFM.")
    cutoff: datetime | None = strawberry.field(description="Nothing after this moment was looked at.")
    n: int | None = strawberry.field(description="Customers it was fitted to: those with a purchase.")
    seed: int
    data_hash: str | None = strawberry.field(description="SHA-256 of what it was fitted to.")
    code_version: str
    quality: ClusterQuality | None
    backtests: list[MovementBacktest]
    model: Json | None = strawberry.field(description="Thresholds, or transformer and centers: what it assigns by.")
    created_by: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, record: SegmentationRecord) -> "Segmentation":
        quality = record.quality or {}
        return cls(
            id=global_id("Segmentation", record.id),
            record=record,
            method=SegmentMethod(record.method),
            number=record.number,
            state=SegmentationState(record.state),
            current=record.current,
            reason=None if record.outcome is None else record.outcome["reason"],
            insufficient=SegmentShortage.kept(record.outcome),
            requested_clusters=record.parameters.get("k"),
            features=[SegmentFeature(name) for name in record.parameters.get("features", ())],
            cutoff=record.cutoff,
            n=record.n,
            seed=record.seed,
            data_hash=record.data_hash,
            code_version=record.code_version,
            quality=ClusterQuality.of(record.quality),
            backtests=[MovementBacktest.of(found) for found in quality.get("backtests", ())],
            model=None if record.model is None else Json(record.model),
            created_by=record.created_by,
            created_at=record.created_at,
            finished_at=record.finished_at,
        )

    @field(
        Permission.CUSTOMERS_READ,
        "Customers in the picture of K-means: all, or an even draw that stays the same.",
        cached=INTELLIGENCE,
    )
    async def points(self, info: Info, most: Points = 1_000) -> list[SegmentPoint]:
        drawn = await members.sample_points(info.context.snapshot, self.record.id, max(1, min(most, MOST_POINTS)))
        return [
            SegmentPoint(
                customer_id=global_id("Customer", point.customer_id),
                segment_id=global_id("Segment", point.segment_id),
                x=point.x or 0.0,
                y=point.y or 0.0,
            )
            for point in drawn
        ]


def _id(type_name: str, key: UUID | None) -> strawberry.ID | None:
    return None if key is None else global_id(type_name, key)


async def segment_by_key(context: Context, key: UUID) -> Segment | None:
    record = await context.loader(repository.load_segments, UUID).load(key)
    return None if record is None else Segment.of(record)


async def segmentation_by_key(context: Context, key: UUID) -> Segmentation | None:
    record = await context.loader(repository.load_segmentations, UUID).load(key)
    return None if record is None else Segmentation.of(record)
