"""Where customers would stand by other stages and rules: a sample of them is walked, and nothing is kept."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api.journeys import repository
from api.journeys.contracts import Happening, Rule, Stage
from api.journeys.definition import check
from api.journeys.preview_repository import list_happenings_of, sample_customers
from api.journeys.walking import Journey
from models.database import Snapshot

MOST_CUSTOMERS: Final = 1_000
"""A walk of all would take minutes for a large tenant; a share of these is right to about 3 points."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of `sampled` customers stand in which stage; None is nowhere yet."""

    sampled: int
    customers: int
    stages: Sequence[Stage]
    then: Mapping[str | None, int]
    now: Mapping[str | None, int]
    """By the stages and rules that hold at present, for the same customers and events."""


async def preview(snapshot: Snapshot, stages: Sequence[Stage], rules: Sequence[Rule]) -> Standing:
    check(stages, rules)
    tried = Journey.of(stages, rules)
    present = Journey.of(await repository.list_stages_of(snapshot), await repository.list_rules_of(snapshot))
    customers = await sample_customers(snapshot, MOST_CUSTOMERS)
    names = sorted(tried.rules.keys() | present.rules.keys())
    properties = sorted({*tried.properties, *present.properties})
    happenings = await list_happenings_of(snapshot, customers, names, properties)
    return Standing(
        len(customers),
        await repository.count_customers(snapshot),
        stages,
        await asyncio.to_thread(count_standing, tried, customers, happenings),
        await asyncio.to_thread(count_standing, present, customers, happenings),
    )


def count_standing(
    journey: Journey, customers: Sequence[UUID], happenings: Mapping[UUID, Sequence[Happening]]
) -> Counter[str | None]:
    found: Counter[str | None] = Counter()
    for one in customers:
        spells = journey.walk(None, happenings.get(one, ()))
        found[spells[-1].stage if spells else None] += 1
    return found
