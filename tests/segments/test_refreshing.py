"""Whatever comes in and however time passes: memberships kept step by step are those worked out in full."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.events.contracts import IncomingEvent
from api.events.service import Ingest
from api.intelligence.segmentation import RfmThresholds
from api.segments import members_repository as members
from api.segments.assigning import rfm_rows
from api.segments.conditions_repository import holds
from api.segments.contracts import RunRequest
from api.segments.definition import parse
from api.segments.features_repository import read_buyers, rows_of
from api.segments.refreshing import Refresh
from api.segments.service import Segments
from models.base import new_id
from models.database import Database
from tests.segments.support import ACTOR, buy, groups, make, member_numbers, run, segment, two_kinds
from tests.support.world import NOW, TestTenant, customer_ref, make_tenant, order, settle

DAYS: Final = (1, 3, 7)
LEAVES: Final[st.SearchStrategy[Any]] = st.one_of(
    st.builds(
        lambda low, days: {"event": "page_viewed", "atLeast": low, **({} if days is None else {"withinDays": days})},
        st.integers(1, 3),
        st.sampled_from((None, *DAYS)),
    ),
    st.builds(
        lambda high, days: {"event": "page_viewed", "atMost": high, "withinDays": days},
        st.integers(0, 2),
        st.sampled_from(DAYS),
    ),
    st.builds(
        lambda what, way, days: {"recency": what, way: days},
        st.sampled_from(("order", "event", "first_seen", "conversation")),
        st.sampled_from(("withinDays", "olderThanDays")),
        st.sampled_from(DAYS),
    ),
    st.builds(
        lambda metric, low, days: {"metric": metric, "atLeast": low, **({} if days is None else {"withinDays": days})},
        st.sampled_from(("orders", "revenue", "average_order_value")),
        st.sampled_from((0, 1, 2, 1_000, 2_500)),
        st.sampled_from((None, *DAYS)),
    ),
    st.just({"trait": "country", "is": "wales"}),
    st.just({"trait": "email", "exists": False}),
)
RULES: Final[st.SearchStrategy[Any]] = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.lists(part, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(part, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        part.map(lambda one: {"not": one}),
    ),
    max_leaves=5,
)
HAPPENING: Final = st.tuples(
    st.sampled_from(("visit", "order", "cancel")), st.integers(0, 3), st.floats(0, 9), st.sampled_from((500, 1_500))
)
"""(what, whose, how many days before the moment it comes in, minor units)"""
STEPS: Final = st.lists(st.tuples(st.floats(0, 5), st.lists(HAPPENING, max_size=4)), min_size=1, max_size=4)
"""(days that pass first, what comes in then)"""


@pytest.fixture
async def tenant(database: Database) -> TestTenant:
    return await make_tenant(database, "acme", "acmecanary")


def _event(tenant: TestTenant, what: str, whose: int, at: datetime, amount: int) -> IncomingEvent:
    key = new_id()
    if what == "visit":
        return IncomingEvent(
            message_id=f"visit-{key}",
            name="page_viewed",
            occurred_at=at,
            customer=customer_ref(tenant, whose),
            properties={"page": "/"},
        )
    return order(tenant, key.int, customer=whose, amount=amount, at=at, cancelled=what == "cancel")


async def _in_full(database: Database, tenant: TestTenant, definition: dict[str, Any], now: datetime) -> set[UUID]:
    async with database.unit_of_work(tenant.id) as session:
        matching = members.select_matching(tenant.id, holds(parse(definition), tenant.id, now))
        return set(await members.list_ids(session, matching))


async def _kept(database: Database, tenant: TestTenant, key: UUID) -> set[UUID]:
    async with database.unit_of_work(tenant.id) as session:
        found = await members.list_memberships(session, tenant.id, [key], None)
        return set(found)


@settings(
    max_examples=8, phases=[Phase.generate], deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rules=st.lists(RULES, min_size=3, max_size=3), steps=STEPS)
async def test_kept_step_by_step_is_worked_out_in_full(
    database: Database, tenant: TestTenant, rules: list[dict[str, Any]], steps: list[Any]
) -> None:
    asked: dict[UUID, dict[str, Any]] = {}
    for rule in rules:
        done = await make(database, tenant, str(new_id()), rule)
        asked[done.id] = rule
    building: dict[str, Any] = {
        "all": [{"not": {"segment": str(next(iter(asked)))}}, {"recency": "first_seen", "withinDays": 3}]
    }
    done = await make(database, tenant, str(new_id()), building)
    asked[done.id] = building
    now = NOW

    def clock() -> datetime:
        return now

    for passed, happenings in steps:
        now += timedelta(days=passed, seconds=61)
        events = [
            _event(tenant, what, whose, now - timedelta(days=before), amount)
            for what, whose, before, amount in happenings
        ]
        if events:
            await Ingest(database, lambda _: None, clock).ingest(tenant.id, events, actor="test")
            await settle(database, tenant.id)
        await Refresh(database, clock).sweep(tenant.id)
        for key, rule in asked.items():
            assert (await segment(database, tenant, key)).as_of == now
            assert await _kept(database, tenant, key) == await _in_full(database, tenant, rule, now), rule
    service = Segments(database, clock)
    for key in reversed(asked):
        await service.delete(tenant.id, key, actor=ACTOR)


async def test_rfm_kept_step_by_step_is_rfm_worked_out_in_full(database: Database, tenant: TestTenant) -> None:
    """Days pass and orders come in: each customer's fifths are those of a full pass by the same thresholds."""
    await buy(database, tenant, two_kinds(60))
    found = await run(database, tenant, RunRequest("rfm"))
    ids = [group.id for group in await groups(database, tenant, found.id)]
    now = NOW

    def clock() -> datetime:
        return now

    for step, days in enumerate((0.5, 3.2, 11, 40, 200)):
        now += timedelta(days=days)
        bought = order(tenant, 5_000 + step, customer=7 * step, amount=700, at=now - timedelta(hours=1))
        await Ingest(database, lambda _: None, clock).ingest(tenant.id, [bought], actor="test")
        await settle(database, tenant.id)
        await Refresh(database, clock).sweep(tenant.id)
        async with database.unit_of_work(tenant.id) as session:
            kept = await members.list_memberships(session, tenant.id, ids, None)
            buyers = await read_buyers(rows_of(session), tenant.id, now)
        rows = rfm_rows(buyers, RfmThresholds.from_json(found.model or {}), ids)
        assert {key: row for key, (_, row) in kept.items()} == {row[1]: row for row in rows}


async def test_what_builds_on_a_segment_moves_with_it_by_time_alone(database: Database, tenant: TestTenant) -> None:
    await buy(database, tenant, [(0, 1, 500), (1, 30, 500)])
    lately = await make(database, tenant, "Lately", {"recency": "order", "withinDays": 7})
    quiet = await make(database, tenant, "Quiet", {"not": {"segment": str(lately.id)}})
    later = NOW + timedelta(minutes=2)
    await Refresh(database, lambda: later).sweep(tenant.id)  # takes up the news of the orders
    assert await member_numbers(database, tenant, quiet.id) == {1}
    much_later = NOW + timedelta(days=8)
    await Refresh(database, lambda: much_later).sweep(tenant.id)
    assert await member_numbers(database, tenant, lately.id) == set()
    assert await member_numbers(database, tenant, quiet.id) == {0, 1}
