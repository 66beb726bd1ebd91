"""Funnel, Sankey and table are one set of counts, and every stage gives out what it takes in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.journeys.contracts import Happening, Stage
from api.journeys.defaults import RULES, STAGES
from api.journeys.flow import Flow, Link, LinkKind, SpellCount, StageFlow, conserving, flow_of
from api.journeys.walking import Journey

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = sorted({rule.event_name for rule in RULES})
WAYS = st.lists(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(NAMES)), max_size=12), min_size=1, max_size=8)


def counted(ways: list[list[tuple[int, str]]], start: int, end: int) -> list[SpellCount]:
    """As the repository counts: spells that began in [start, end) hours, as they stood at its end."""
    journey = Journey.of(STAGES, RULES)
    first, last = BEGIN + timedelta(hours=start), BEGIN + timedelta(hours=end)
    found = []
    for way in ways:
        for spell in journey.walk(None, [Happening(BEGIN + timedelta(hours=hour), name) for hour, name in way]):
            if first <= spell.entered_at < last:
                left = spell.left_at is not None and spell.left_at < last
                found.append(SpellCount(spell.stage, spell.next_stage if left else None, 1.0, 1))
    return found


@given(WAYS, st.integers(0, 20), st.integers(1, 30))
def test_every_stage_gives_out_what_it_takes_in_whatever_the_range_cuts(
    ways: list[list[tuple[int, str]]], start: int, length: int
) -> None:
    flow = flow_of(STAGES, counted(ways, start, start + length))
    for one in flow.stages:
        into = sum(link.count for link in flow.links if link.target == one.stage.key)
        out = sum(link.count for link in flow.links if link.source == one.stage.key)
        assert into == out == one.entered == one.converted + one.back + one.lost + one.here
        assert min(one.began, one.converted, one.back, one.lost, one.here) >= 0
    began = sum(one.began for one in flow.stages)
    assert began == sum(one.lost + one.here for one in flow.stages)


def test_the_links_of_a_small_journey() -> None:
    way = [(1, "trial_started"), (2, "project_created"), (3, "trial_started"), (4, "order_completed")]
    left = [(1, "trial_started"), (5, "subscription_cancelled"), (7, "page_viewed")]
    flow = flow_of(STAGES, counted([way, left], 0, 40))
    assert [(link.source, link.target, link.kind, link.count) for link in flow.links] == [
        (None, "awareness", LinkKind.BEGAN, 1),
        (None, "consideration", LinkKind.BEGAN, 2),
        ("awareness", None, LinkKind.STILL_HERE, 1),
        ("consideration", "evaluation", LinkKind.FORWARD, 1),
        ("consideration", "purchase", LinkKind.FORWARD, 1),
        ("consideration", "lost", LinkKind.LOST, 1),
        ("evaluation", "consideration", LinkKind.BACK, 1),
        ("purchase", None, LinkKind.STILL_HERE, 1),
    ]
    [consideration] = [one for one in flow.stages if one.stage.key == "consideration"]
    assert (consideration.entered, consideration.began, consideration.converted, consideration.lost) == (3, 2, 2, 1)


def test_a_flow_that_loses_somebody_is_not_shown() -> None:
    stage = Stage("a", "A", 0)
    faulty = Flow((StageFlow(stage, 2, 2, 0, 0, 0, 1),), (Link(None, "a", LinkKind.BEGAN, 2),))
    with pytest.raises(AssertionError, match="the stage a takes in 2, gives out 0"):
        conserving(faulty)
