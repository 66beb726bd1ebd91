"""Where a tenant loses conversions, against its own past."""

from typing import Any

import pytest

from models.database import Database
from tests.journeys.support import walk
from tests.support.client import Api
from tests.support.world import TestTenant, make_tenant

BOTTLENECKS = """
query Bottlenecks($range: RangeInput!) {
  journeyBottlenecks(range: $range) {
    rangeStart rangeEnd referenceStart referenceEnd target { key }
    stages { stage { key } flagged loss low high n referenceN conversion referenceConversion }
    unjudged { stage { key } shortage { code need have } }
  }
}
"""
WEEK = {"preset": "LAST_7_DAYS"}


@pytest.fixture
async def own(database: Database) -> TestTenant:
    return await make_tenant(database, "own", "owncanary")


async def read(api: Api) -> dict[str, Any]:
    viewer = await api.login("own", "viewer")
    found: dict[str, Any] = (await viewer.data(BOTTLENECKS, {"range": WEEK}))["journeyBottlenecks"]
    return found


async def trials(database: Database, tenant: TestTenant, *, now: int, before: int) -> None:
    """60 try three days ago, and 60 two weeks ago; so many of ten buy a day later."""
    ways: list[tuple[int, list[tuple[str, float]]]] = []
    for base, ago, rate in ((0, 3.0, now), (100, 14.0, before)):
        for number in range(60):
            bought = [("order_completed", ago - 1)] if number % 10 < rate else []
            ways.append((base + number, [("trial_started", ago), *bought]))
    await walk(database, tenant, *ways)


async def test_a_stage_that_brings_less_than_it_used_to_is_named_with_what_it_costs(
    api: Api, database: Database, own: TestTenant
) -> None:
    await trials(database, own, now=2, before=7)
    found = await read(api)
    [stage] = found["stages"]
    assert (stage["stage"]["key"], stage["flagged"], stage["n"], stage["referenceN"]) == ("consideration", True, 60, 60)
    assert stage["conversion"] == pytest.approx(0.2)
    assert stage["referenceConversion"] == pytest.approx(0.7)
    assert stage["loss"] == pytest.approx(30)
    assert 0 < stage["low"] < 30 < stage["high"]
    assert found["target"]["key"] == "purchase"
    assert found["referenceEnd"] == found["rangeStart"]


async def test_without_a_difference_nothing_is_called_a_bottleneck(
    api: Api, database: Database, own: TestTenant
) -> None:
    await trials(database, own, now=5, before=5)
    [stage] = (await read(api))["stages"]
    assert (stage["flagged"], stage["loss"]) == (False, pytest.approx(0))
    assert stage["low"] < 0 < stage["high"]


async def test_a_stage_without_a_past_is_not_judged(api: Api, database: Database, own: TestTenant) -> None:
    await walk(database, own, *((number, [("trial_started", 3.0)]) for number in range(40)))
    found = await read(api)
    assert found["stages"] == []
    assert found["unjudged"] == [
        {"stage": {"key": "consideration"}, "shortage": {"code": "INSUFFICIENT_DATA", "need": 30, "have": 0}}
    ]


async def test_a_tenant_without_a_journey_loses_nothing(api: Api, own: TestTenant) -> None:
    found = await read(api)
    assert (found["stages"], found["unjudged"]) == ([], [])
