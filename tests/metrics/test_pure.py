"""The reckoning apart from any database, against the plain recompute: cheap, so over many more cases."""

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.journeys.contracts import Happening
from api.journeys.defaults import RULES, STAGES
from api.journeys.walking import Journey
from api.metrics.buckets import Bucket, RangePreset, last
from api.metrics.conversion import Entries, Entry
from api.metrics.engagement import ACTIVITY, PARTS, Activities, Span
from api.metrics.rolling import anchors
from models.packed import dtype, microseconds
from tests.metrics.oracle import MOVES, Oracle, Raw
from tests.support.world import NOW

ZONE: Final = ZoneInfo("Europe/London")
events = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from([*MOVES, "trial_started", "order_completed"]), st.integers(0, 3)),
    max_size=25,
)
JOURNEY: Final = Journey.of(STAGES, RULES)


def oracle(drawn: list[tuple[int, str, int]]) -> Oracle:
    return recorded([(NOW - timedelta(hours=6 * hours), name, customer) for hours, name, customer in drawn])


def recorded(events_of: list[tuple[datetime, str, int]]) -> Oracle:
    return Oracle(Raw([(at, name, UUID(int=customer), {}) for at, name, customer in sorted(events_of)]), ZONE)


@given(events, st.randoms(use_true_random=False))
def test_the_way_through_the_stages(drawn: list[tuple[int, str, int]], order: Random) -> None:
    known = oracle(drawn)
    happened = [(customer, Happening(at, name)) for at, name, customer, _ in known.raw.events]
    order.shuffle(happened)
    for customer, entered in known.entries.items():
        spells = JOURNEY.walk(None, [one for owner, one in happened if owner == customer])
        assert [(spell.entered_at, spell.stage) for spell in spells] == entered


courses = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.sampled_from(["trial_started", "order_completed", "subscription_cancelled", "page_viewed"]),
        st.integers(0, 4),
    ),
    min_size=8,
    max_size=40,
)


@given(courses, st.integers(0, 4), st.integers(8, 24), st.randoms(use_true_random=False))
def test_the_conversion_rate_of_a_cohort(
    drawn: list[tuple[int, str, int]], ago: int, length: int, order: Random
) -> None:
    known = oracle(drawn)
    entries = [
        Entry(
            customer,
            at,
            min((later for later, other in entered if later >= at and other == "purchase"), default=None),
            min((later for later, other in entered if later >= at and other == "lost"), default=None),
        )
        for customer, entered in known.entries.items()
        for at, stage in entered
        if stage == "consideration"
    ]
    order.shuffle(entries)
    end, span = NOW - timedelta(hours=6 * ago), timedelta(hours=6 * length)
    found = Entries.of(entries).rate(end - span, end, span)
    expected = known.all(end - span, end, length=span)["conversion_rate"]
    assert found.n == expected.n
    assert found.value == (None if expected.value is None else pytest.approx(expected.value))


BEFORE_ALL = -(2**63)
visits = st.lists(st.tuples(st.integers(0, 70 * 8), st.integers(0, 5)), max_size=30)


@given(visits, st.lists(st.integers(0, 3), min_size=4, max_size=4).filter(any))
def test_the_engagement_score(drawn: list[tuple[int, int]], weighed: list[int]) -> None:
    known = recorded([(NOW - timedelta(hours=3 * hours), "login", customer) for hours, customer in drawn])
    window = last(RangePreset.LAST_7_DAYS, Bucket.DAY, NOW, ZONE)
    for anchor in anchors(window).current:
        span = Span.of(anchor, window)
        edges = sorted(set(span.edges))
        packed = {
            position: np.array(
                [
                    (
                        customer.bytes,
                        max(map(microseconds, mine), default=BEFORE_ALL),
                        len(mine),
                        sum(owner == customer and begin <= start < end for owner, start, _, _ in known.sessions),
                        0,
                    )
                    for customer in {UUID(int=number) for _, number in drawn}
                    if (mine := [at for at, _, owner, _ in known.raw.events if owner == customer and begin <= at < end])
                ],
                dtype(ACTIVITY),
            ).tobytes()
            for position, (begin, end) in enumerate(pairwise(edges), start=1)
        }
        found = Activities(edges, packed).score(span, dict(zip(PARTS, map(float, weighed), strict=True)))
        expected = known.all(anchor.at, anchor.at, length=timedelta(days=1))["engagement_score"]
        if expected.value is None:
            assert found.value is None
            continue
        assert found.n == expected.n
        assert [value for _, value in found.parts] == pytest.approx(list(expected.parts))
        weights = [weight / sum(weighed) for weight in weighed]
        total = sum(weight * part for weight, part in zip(weights, expected.parts, strict=True))
        assert found.value == pytest.approx(total)
