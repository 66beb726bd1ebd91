"""The journey of a range, where it loses conversions, and who stands behind a figure."""

from typing import Annotated

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Context, Info
from api.graphql.permissions import field
from api.graphql.scalars import Int64
from api.journeys import flow_repository, repository
from api.journeys.customer_types import JourneyVisit, stages_of
from api.journeys.estimates import Shape, Share
from api.journeys.flow import StageFlow
from api.journeys.flow_repository import Span, Visit
from api.journeys.freshness import JOURNEYS
from api.journeys.inputs import JourneyStagesUpdateInput, definition_of
from api.journeys.preview import preview
from api.journeys.reading import Journey as Reading
from api.journeys.reading import read_journey, read_losses
from api.journeys.rebuild import is_rebuilding
from api.journeys.types import (
    Journey,
    JourneyBottleneck,
    JourneyBottlenecks,
    JourneyConversion,
    JourneyCurve,
    JourneyDefinition,
    JourneyLink,
    JourneyPreview,
    JourneyPreviewStage,
    JourneyRule,
    JourneyShare,
    JourneyShortage,
    JourneyStage,
    JourneyStageFlow,
    JourneyUnjudged,
)
from api.metrics.types import RangeInput, window_of
from api.tenants.types import tenant_of
from models.keyset import Position

Target = Annotated[
    str | None, strawberry.argument(description="Key of the stage that counts as converted; `purchase` by default.")
]


@strawberry.type
class JourneyQuery:
    @field(Permission.ANALYTICS_VIEW, "The stages of the journey, and the events that move customers.", cached=JOURNEYS)
    async def journey_definition(self, info: Info) -> JourneyDefinition:
        snapshot = info.context.snapshot
        return JourneyDefinition(
            stages=[JourneyStage.of(stage) for stage in await repository.list_stages_of(snapshot)],
            rules=[JourneyRule.of(rule) for rule in await repository.list_rules_of(snapshot)],
            rebuilding=await is_rebuilding(snapshot),
        )

    @field(
        Permission.SETTINGS_MANAGE,
        "Where customers would stand by these stages and rules; nothing is changed. An even draw of them is walked.",
    )
    async def journey_preview(self, info: Info, definition: JourneyStagesUpdateInput) -> JourneyPreview:
        snapshot = info.context.snapshot
        stages, rules = definition_of(definition)
        present = {stage.key for stage in await repository.list_stages_of(snapshot)}
        found = await preview(snapshot, stages, rules)
        return JourneyPreview(
            sampled=found.sampled,
            customers=Int64(found.customers),
            stages=[
                JourneyPreviewStage(
                    stage=JourneyStage.of(one),
                    customers=found.then.get(one.key, 0),
                    now=found.now.get(one.key, 0) if one.key in present else None,
                )
                for one in found.stages
            ],
            nowhere=found.then.get(None, 0),
            nowhere_now=found.now.get(None, 0),
        )

    @field(Permission.ANALYTICS_VIEW, "How the customers of a range went through the stages.", cached=JOURNEYS)
    async def journey(self, info: Info, range: RangeInput, target: Target = None) -> Journey:  # noqa: A002
        context = info.context
        span = await _span(context, range)
        tenant = await tenant_of(context)
        found = await read_journey(context.snapshot, span, target)
        return Journey(
            as_of=tenant.now(context.services.now()),
            time_zone=tenant.time_zone,
            range_start=span.start,
            range_end=span.end,
            rebuilding=await is_rebuilding(context.snapshot),
            customers=Int64(found.customers.get(None, 0)),
            stages=[_stage(found, one) for one in found.flow.stages],
            links=[JourneyLink.of(link) for link in found.flow.links],
            conversion=JourneyConversion(
                origin=None if found.origin is None else JourneyStage.of(found.origin),
                target=JourneyStage.of(found.target),
                curve=JourneyCurve.of(found.conversion),
            ),
        )

    @field(
        Permission.ANALYTICS_VIEW,
        "Which stages lose conversions in a range, against the tenant's own past: the three lengths of it before.",
        cached=JOURNEYS,
    )
    async def journey_bottlenecks(
        self,
        info: Info,
        range: RangeInput,  # noqa: A002
        target: Target = None,
    ) -> JourneyBottlenecks:
        context = info.context
        span = await _span(context, range)
        tenant = await tenant_of(context)
        losses = await read_losses(context.snapshot, span, target)
        return JourneyBottlenecks(
            as_of=tenant.now(context.services.now()),
            range_start=span.start,
            range_end=span.end,
            reference_start=losses.reference.start,
            reference_end=losses.reference.end,
            target=JourneyStage.of(losses.target),
            stages=[JourneyBottleneck.of(one, losses.stages[one.stage]) for one in losses.found.stages],
            unjudged=[
                JourneyUnjudged(
                    stage=JourneyStage.of(losses.stages[one.stage]), shortage=JourneyShortage.of(one.have, one.need)
                )
                for one in losses.found.too_few
            ],
        )

    @field(
        Permission.CUSTOMERS_READ,
        "Who stands behind a figure: the stays in a stage that began in the range, newest first; with `to`, those that "
        "led to that stage; with `stillHere`, those that had not ended.",
        cached=JOURNEYS,
    )
    async def journey_customers(
        self,
        info: Info,
        range: RangeInput,  # noqa: A002
        stage: str,
        to: str | None = None,
        still_here: bool | None = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[JourneyVisit]:
        context = info.context
        stages = await stages_of(context)
        for name, key in (("stage", stage), ("to", to)):
            if key is not None and key not in stages:
                raise BadInputError(f"There is no stage {key!r}.", path=(name,))
        if to is not None and still_here:
            raise BadInputError("Give `to` or `stillHere`, not both.", path=("stillHere",))
        span = await _span(context, range)
        paging = Paging.of(
            context, "journey_customers", flow_repository.NEWEST_FIRST, *_bound(range), stage, to, str(bool(still_here))
        )
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(visit: Visit) -> Position:
            return Position(visit.entered_at, visit.customer_id)

        async def count() -> int:
            return await flow_repository.count_visits(context.snapshot, span, stage, to, still_here=bool(still_here))

        part = await flow_repository.list_visits(context.snapshot, span, stage, to, page, still_here=bool(still_here))
        return paging.connect(context, part, JourneyVisit.of, position, count)


async def _span(context: Context, given: RangeInput) -> Span:
    tenant = await tenant_of(context)
    window = window_of(given, None, tenant, tenant.now(context.services.now()))
    return Span(window.start, window.reached)


def _bound(given: RangeInput) -> tuple[str | None, ...]:
    """What of a range its cursors hold for."""
    preset = None if given.preset is None else given.preset.value
    ends = (given.from_, given.to, given.first_day, given.last_day)
    return preset, *(None if end is None else end.isoformat() for end in ends)


def _stage(found: Reading, one: StageFlow) -> JourneyStageFlow:
    key = one.stage.key
    arrived = found.ends.get(key)
    return JourneyStageFlow(
        stage=JourneyStage.of(one.stage),
        entered=Int64(one.entered),
        customers=Int64(found.customers.get(key, 0)),
        began=Int64(one.began),
        converted=Int64(one.converted),
        back=Int64(one.back),
        lost=Int64(one.lost),
        here=Int64(one.here),
        conversion=JourneyShare.of(found.going_on.get(key, Share(0))),
        end_to_end=None if arrived is None else JourneyShare.of(arrived),
        dwell=JourneyCurve.of(found.stays.get(key, Shape(0))),
    )
