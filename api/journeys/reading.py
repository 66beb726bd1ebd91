"""A tenant's journey over a range: one cohort of spells, from which flow, curves and conversions are all taken."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api.errors import BadInputError
from api.intelligence.journeys import Bottlenecks
from api.journeys import estimates, flow_repository, repository
from api.journeys.contracts import Stage
from api.journeys.estimates import Shape, Share
from api.journeys.flow import Flow, SpellCount, flow_of
from api.journeys.flow_repository import Span
from models.database import Snapshot

PURCHASE: Final = "purchase"
REFERENCE_LENGTHS: Final = 3
"""The past that a range is held against is as many times as long, and lies right before it."""


@dataclass(frozen=True, slots=True)
class Journey:
    """`conversion` is that from `origin` to `target`; there is no origin when nobody entered a stage before it."""

    target: Stage
    origin: Stage | None
    customers: Mapping[str | None, int]
    flow: Flow
    stays: Mapping[str, Shape]
    going_on: Mapping[str, Share]
    ends: Mapping[str, Share]
    conversion: Shape


@dataclass(frozen=True, slots=True)
class Losses:
    target: Stage
    reference: Span
    found: Bottlenecks
    stages: Mapping[str, Stage]


def target_of(stages: Sequence[Stage], chosen: str | None) -> Stage:
    """The chosen stage; else `purchase`; else the last of the way."""
    way = [stage for stage in stages if not stage.is_exit]
    named = {stage.key: stage for stage in way}
    if chosen is not None and chosen not in named:
        raise BadInputError(f"There is no stage {chosen!r} on the way.", path=("target",))
    return named.get(chosen or PURCHASE) or max(way, key=lambda stage: stage.position)


async def read_journey(snapshot: Snapshot, span: Span, chosen: str | None) -> Journey:
    stages = await repository.list_stages_of(snapshot)
    target = target_of(stages, chosen)
    way = [stage.key for stage in stages if not stage.is_exit]
    exits = [stage.key for stage in stages if stage.is_exit]
    counted = await flow_repository.list_spell_counts(snapshot, span)
    customers = await flow_repository.count_customers(snapshot, span, way)
    before = [stage for stage in stages if stage.key in customers and stage.position < target.position]
    origin = min(before, key=lambda stage: stage.position, default=None)
    arrivals = (
        await flow_repository.list_arrivals(snapshot, span, origin.key, target.key, exits) if origin is not None else []
    )
    return await asyncio.to_thread(_journey, stages, target, origin, customers, counted, arrivals)


def _journey(
    stages: Sequence[Stage],
    target: Stage,
    origin: Stage | None,
    customers: Mapping[str | None, int],
    counted: Sequence[SpellCount],
    arrivals: Sequence[tuple[float, int, int]],
) -> Journey:
    named = {stage.key: stage for stage in stages}
    way = {stage.key: [cell for cell in counted if cell.stage == stage.key] for stage in stages if not stage.is_exit}
    on_the_way = [cell for cells in way.values() for cell in cells]
    exits = [stage.key for stage in stages if stage.is_exit]
    arrived = estimates.ends(target.key, exits, on_the_way) if on_the_way else {}
    return Journey(
        target=target,
        origin=origin,
        customers=customers,
        flow=flow_of(stages, counted),
        stays={key: estimates.stay(cells) for key, cells in way.items()},
        going_on={key: estimates.going_on(named[key], named, cells) for key, cells in way.items()},
        ends={
            key: Share(one.n, one.converted, one.low, one.high) if one.n >= estimates.NEED else Share(one.n)
            for key, one in arrived.items()
            if named[key].position < target.position
        },
        conversion=estimates.arrival(arrivals),
    )


async def read_losses(snapshot: Snapshot, span: Span, chosen: str | None) -> Losses:
    stages = await repository.list_stages_of(snapshot)
    target = target_of(stages, chosen)
    exits = [stage.key for stage in stages if stage.is_exit]
    reference = Span(span.start - REFERENCE_LENGTHS * (span.end - span.start), span.start)
    current, past = [
        [cell for cell in await flow_repository.list_spell_counts(snapshot, one) if cell.stage not in exits]
        for one in (span, reference)
    ]
    found = await asyncio.to_thread(estimates.lost_conversions, target.key, exits, current, past)
    named = {stage.key: stage for stage in stages}
    before = Bottlenecks(
        tuple(one for one in found.stages if named[one.stage].position < target.position),
        tuple(one for one in found.too_few if named[one.stage].position < target.position),
    )
    return Losses(target, reference, before, named)


async def load_stages(snapshot: Snapshot, tenants: Sequence[UUID]) -> list[list[Stage]]:
    """A loader that only ever meets one key: the snapshot's own tenant."""
    stages = await repository.list_stages_of(snapshot)
    return [stages for _ in tenants]
