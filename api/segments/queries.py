"""Reading segments."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import INTELLIGENCE
from api.customers.repository import load_customers
from api.errors import BadInputError
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.lists import Asked, List
from api.graphql.permissions import field
from api.intelligence.insufficient import InsufficientDataError
from api.segments import members_repository as members
from api.segments import repository
from api.segments.enums import SegmentAnswerStatus, SegmentKind, SegmentMethod, SegmentShortage
from api.segments.explain_types import SegmentExplanation
from api.segments.explaining import explain
from api.segments.filters import SegmentationOrder, SegmentationWhere, SegmentOrder, SegmentWhere
from api.segments.movement_reading import read_movement
from api.segments.movement_types import SegmentMovement
from api.segments.rfm_reading import read_anew, read_current
from api.segments.rfm_types import Rfm
from api.segments.types import Segment, Segmentation, segment_by_key
from api.tenants.types import tenant_of
from models.conditions import equal, given

AsOf = Annotated[
    datetime | None, strawberry.argument(description="A past moment; without it, as of the current version's segments.")
]
Horizon = Annotated[int | None, strawberry.argument(description="The last 30, 60, 90 or 120 days before the cutoff.")]


SEGMENTS = List("segments", repository.SEGMENTS, Segment.of)
SEGMENTATIONS = List("segmentations", repository.SEGMENTATIONS, Segmentation.of)


@strawberry.type
class SegmentQuery:
    @field(
        Permission.ANALYTICS_VIEW,
        "Customers by recency, frequency and money, now or at any past moment.",
        cached=INTELLIGENCE,
    )
    async def rfm(self, info: Info, as_of: AsOf = None) -> Rfm:
        context = info.context
        now = (await tenant_of(context)).now(context.services.now())
        if as_of is None:
            version = await context.loader(repository.load_current, str).load("rfm")
            answer = None if version is None else await read_current(context.snapshot, version)
            if answer is not None:
                return Rfm.of(answer)
        elif as_of.tzinfo is None or as_of > now:
            raise BadInputError("Give a moment with its time zone that is not in the future.", path=("asOf",))
        moment = (as_of or now).astimezone(UTC)
        try:
            return Rfm.of(await read_anew(context.snapshot, moment))
        except InsufficientDataError as error:
            seen = await members.count_customers_seen(context.snapshot, moment)
            return Rfm.refused(SegmentShortage.of(error), moment, seen)

    @field(
        Permission.ANALYTICS_VIEW,
        "Rule segments, and the segments of each method's current version, by name.",
        cached=INTELLIGENCE,
    )
    async def segments(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        kind: SegmentKind | None = None,
        where: SegmentWhere | None = None,
        order_by: list[SegmentOrder] | None = None,
    ) -> Connection[Segment]:
        fixed = given(kind=None if kind is None else kind.value)
        asked = Asked(first, after, last, before, where, order_by)
        return await SEGMENTS.connect(info.context, asked, fixed, equal("current", value=True))

    @field(Permission.ANALYTICS_VIEW, "One segment; null when there is none, or none of yours.", cached=INTELLIGENCE)
    async def segment(self, info: Info, id: strawberry.ID) -> Segment | None:  # noqa: A002
        key = key_of("Segment", id)
        return None if key is None else await segment_by_key(info.context, key)

    @field(Permission.ANALYTICS_VIEW, "The versions of the methods, newest first.", cached=INTELLIGENCE)
    async def segmentations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        method: SegmentMethod | None = None,
        where: SegmentationWhere | None = None,
        order_by: list[SegmentationOrder] | None = None,
    ) -> Connection[Segmentation]:
        fixed = given(method=None if method is None else method.value)
        return await SEGMENTATIONS.connect(info.context, Asked(first, after, last, before, where, order_by), fixed)

    @field(Permission.ANALYTICS_VIEW, "The current version of a method; null before the first.", cached=INTELLIGENCE)
    async def segmentation(self, info: Info, method: SegmentMethod) -> Segmentation | None:
        found = await info.context.loader(repository.load_current, str).load(method.value)
        return None if found is None else Segmentation.of(found)

    @field(
        Permission.ANALYTICS_VIEW,
        "How customers moved between the segments of a method's current version.",
        cached=INTELLIGENCE,
    )
    async def segment_movement(
        self,
        info: Info,
        method: SegmentMethod,
        horizon_days: Horizon = None,
        from_: Annotated[datetime | None, strawberry.argument(name="from")] = None,
        to: datetime | None = None,
    ) -> SegmentMovement:
        context = info.context
        version = await context.loader(repository.load_current, str).load(method.value)
        if version is None:
            return SegmentMovement.without(SegmentAnswerStatus.NOT_RUN, None)
        try:
            return SegmentMovement.of(await read_movement(context.snapshot, version, horizon_days, from_, to))
        except InsufficientDataError as error:
            return SegmentMovement.without(SegmentAnswerStatus.INSUFFICIENT_DATA, SegmentShortage.of(error))

    @field(
        Permission.CUSTOMERS_READ,
        "Why a customer is, or is not, in a segment; null when either is not there.",
        cached=INTELLIGENCE,
    )
    async def segment_explain(
        self, info: Info, segment_id: strawberry.ID, customer_id: strawberry.ID
    ) -> SegmentExplanation | None:
        context = info.context
        segment_key, customer_key = key_of("Segment", segment_id), key_of("Customer", customer_id)
        if segment_key is None or customer_key is None:
            return None
        segment = await context.loader(repository.load_segments, UUID).load(segment_key)
        customer = await context.loader(load_customers, UUID).load(customer_key)
        if segment is None or customer is None:
            return None
        now = (await tenant_of(context)).now(context.services.now())
        member = await members.get_membership(context.snapshot, segment_key, customer_key)
        found = await explain(context.snapshot, segment, customer_key, now, member=member is not None)
        return SegmentExplanation.of(found)
