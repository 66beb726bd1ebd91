"""The journey of a range, what stands behind its figures, and single customers' ways."""

from typing import Any

import pytest

from api.app import Server
from models.database import Database
from tests.journeys.support import trials, walk
from tests.support.client import Api
from tests.support.statements import counted_statements, of_operation
from tests.support.world import TestTenant, make_tenant

JOURNEY = """
query Journey($range: RangeInput!, $target: String) {
  journey(range: $range, target: $target) {
    customers rebuilding
    stages {
      stage { key } entered customers began converted back lost here
      conversion { value low high n shortage { code need have } }
      endToEnd { value n shortage { need have } }
      dwell { n medianDays points { day share atRisk } shortage { need have } }
    }
    links { source target kind count }
    conversion { origin { key } target { key } curve { n points { day share } shortage { need have } } }
  }
}
"""
CUSTOMERS = """
query Behind($range: RangeInput!, $stage: String!, $to: String, $stillHere: Boolean, $after: String) {
  journeyCustomers(range: $range, stage: $stage, to: $to, stillHere: $stillHere, first: 20, after: $after) {
    totalCount { value } pageInfo { hasNextPage endCursor }
    nodes { enteredAt leftAt nextStage customer { name } }
  }
}
"""
ONE = """
query One($first: Int!) {
  customers(first: $first, orderBy: [{field: NAME}], search: "%s customer 1") {
    nodes {
      name
      journey {
        stage { key } since
        timeline(first: 5) { totalCount { value } nodes { stage enteredAt leftAt nextStage } }
        nextStage {
          shortage { code need have }
          chances { stage { key } horizonDays probability low high n }
        }
      }
    }
  }
}
"""
MONTH = {"preset": "LAST_30_DAYS"}


@pytest.fixture
async def own(database: Database) -> TestTenant:
    return await make_tenant(database, "own", "owncanary")


async def journey(api: Api, **variables: Any) -> dict[str, Any]:
    viewer = await api.login("own", "viewer")
    found: dict[str, Any] = (await viewer.data(JOURNEY, {"range": MONTH, **variables}))["journey"]
    return found


async def test_one_cohort_makes_stages_links_curves_and_conversion(
    api: Api, database: Database, own: TestTenant
) -> None:
    await trials(database, own)
    found = await journey(api)
    stages = {one["stage"]["key"]: one for one in found["stages"]}
    assert list(stages) == ["awareness", "consideration", "evaluation", "purchase", "onboarding", "advocacy"]
    tried = stages["consideration"]
    names = ("entered", "customers", "began", "converted", "back", "lost", "here")
    assert {name: tried[name] for name in names} == {
        "entered": 60, "customers": 60, "began": 60, "converted": 30, "back": 0, "lost": 15, "here": 15,
    }  # fmt: skip
    assert found["customers"] == 60
    assert found["links"] == [
        {"source": None, "target": "consideration", "kind": "BEGAN", "count": 60},
        {"source": "consideration", "target": "purchase", "kind": "FORWARD", "count": 30},
        {"source": "consideration", "target": "lost", "kind": "LOST", "count": 15},
        {"source": "consideration", "target": None, "kind": "STILL_HERE", "count": 15},
        {"source": "purchase", "target": None, "kind": "STILL_HERE", "count": 30},
    ]
    assert tried["conversion"]["value"] == pytest.approx(0.5)
    assert tried["conversion"]["low"] < 0.5 < tried["conversion"]["high"]
    assert tried["endToEnd"]["value"] == pytest.approx(0.5)
    assert (tried["dwell"]["medianDays"], tried["dwell"]["n"]) == (5.0, 60)
    assert [(point["day"], point["atRisk"]) for point in tried["dwell"]["points"]] == [(0, 60), (5, 60), (10, 30)]
    assert [point["share"] for point in tried["dwell"]["points"]] == pytest.approx([1, 0.5, 0.25])
    conversion = found["conversion"]
    assert (conversion["origin"]["key"], conversion["target"]["key"]) == ("consideration", "purchase")
    assert [(point["day"], point["share"]) for point in conversion["curve"]["points"]][:2] == [(0, 0), (5, 0.5)]
    assert stages["purchase"]["endToEnd"] is None
    assert stages["awareness"]["conversion"] == {
        "value": None, "low": None, "high": None, "n": 0,
        "shortage": {"code": "INSUFFICIENT_DATA", "need": 30, "have": 0},
    }  # fmt: skip


async def test_a_range_in_the_past_shows_the_journey_as_it_stood_then(
    api: Api, database: Database, own: TestTenant
) -> None:
    await walk(database, own, (1, [("trial_started", 20.4), ("order_completed", 5.4)]))
    past = {"from": "2026-02-20T00:00:00Z", "to": "2026-03-10T00:00:00Z"}
    then = (await journey(api, range=past))["links"]
    assert [link["kind"] for link in then] == ["BEGAN", "STILL_HERE"]
    assert [link["kind"] for link in (await journey(api))["links"]] == ["BEGAN", "FORWARD", "STILL_HERE"]


async def test_a_tenant_without_a_journey_gets_no_figures(api: Api, own: TestTenant) -> None:
    found = await journey(api)
    assert (found["customers"], found["links"]) == (0, [])
    assert found["conversion"]["origin"] is None
    assert found["conversion"]["curve"] == {"n": 0, "points": [], "shortage": {"need": 30, "have": 0}}


async def test_the_rows_behind_a_figure_are_as_many_as_it_says(api: Api, database: Database, own: TestTenant) -> None:
    await trials(database, own)
    viewer = await api.login("own", "viewer")

    async def behind(**variables: Any) -> dict[str, Any]:
        given = {"range": MONTH, "stage": "consideration", **variables}
        found: dict[str, Any] = (await viewer.data(CUSTOMERS, given))["journeyCustomers"]
        return found

    assert (await behind())["totalCount"]["value"] == 60
    assert (await behind(to="purchase"))["totalCount"]["value"] == 30
    assert (await behind(to="lost"))["totalCount"]["value"] == 15
    here = await behind(stillHere=True)
    assert here["totalCount"]["value"] == 15
    assert {node["leftAt"] for node in here["nodes"]} == {None}
    names, after = [], None
    for _ in range(3):
        page = await behind(after=after)
        names += [node["customer"]["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert len(set(names)) == 60
    assert not page["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(
    "variables",
    [
        {"stage": "nowhere"},
        {"stage": "purchase", "to": "nowhere"},
        {"stage": "purchase", "to": "lost", "stillHere": True},
    ],
)
async def test_a_figure_that_is_none_has_nobody_behind_it(api: Api, own: TestTenant, variables: dict[str, Any]) -> None:
    viewer = await api.login("own", "viewer")
    assert await viewer.error_code(CUSTOMERS, {"range": MONTH, **variables}) == "BAD_USER_INPUT"
    assert await viewer.error_code(JOURNEY, {"range": MONTH, "target": "lost"}) == "BAD_USER_INPUT"


async def test_where_a_customer_is_how_it_came_there_and_where_it_may_go(
    api: Api, database: Database, own: TestTenant
) -> None:
    await trials(database, own)
    viewer = await api.login("own", "viewer")
    nodes = (await viewer.data(ONE % own.canary, {"first": 4}))["customers"]["nodes"]
    bought, lost, _, waiting = [node["journey"] for node in nodes]
    assert bought["stage"] == {"key": "purchase"}
    assert [(step["stage"], step["nextStage"]) for step in bought["timeline"]["nodes"]] == [
        ("purchase", None),
        ("consideration", "purchase"),
    ]
    assert bought["timeline"]["totalCount"]["value"] == 2
    assert bought["nextStage"] == {"shortage": None, "chances": []}
    assert (lost["stage"], lost["nextStage"]) == ({"key": "lost"}, None)
    chances = waiting["nextStage"]["chances"]
    assert {(one["stage"]["key"], one["horizonDays"]) for one in chances} == {
        (stage, days) for stage in ("purchase", "lost") for days in (7, 30, 90)
    }
    assert all(0 <= one["low"] <= one["probability"] <= one["high"] <= 1 for one in chances)


async def test_under_thirty_of_a_stage_no_chances_are_told(api: Api, database: Database, own: TestTenant) -> None:
    await trials(database, own, people=29)
    viewer = await api.login("own", "viewer")
    nodes = (await viewer.data(ONE % own.canary, {"first": 4}))["customers"]["nodes"]
    assert nodes[3]["journey"]["nextStage"] == {
        "shortage": {"code": "INSUFFICIENT_DATA", "need": 30, "have": 29},
        "chances": [],
    }


@pytest.mark.parametrize("first", [1, 50])
async def test_the_journeys_of_a_list_are_read_together(
    api: Api, server: Server, database: Database, own: TestTenant, first: int
) -> None:
    """Customers, where they are, stages, two of the timeline, the tenant, and the spells of all models."""
    await trials(database, own)
    viewer = await api.login("own", "viewer")
    with counted_statements(server.database) as seen:
        await viewer.data(ONE % own.canary, {"first": first})
    assert of_operation(seen) == 1 + 7, seen
