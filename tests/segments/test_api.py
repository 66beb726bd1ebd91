"""Segments by the API."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.app import Server
from api.graphql.ids import key_of
from api.segments.contracts import RUN_JOB, RunRequest
from api.worker import tells
from models.database import Database
from tests.segments.support import buy, make, run, two_kinds, work
from tests.support.client import Api
from tests.support.statements import counted_statements, of_operation
from tests.support.world import NOW, TestTenant, make_tenant

RFM = """query Rfm($asOf: DateTime) { rfm(asOf: $asOf) { status asOf customers prospects version
  insufficient { what need have }
  segments { label segmentId customers share spent { amount } spentShare } grid { recency frequency customers } } }"""
CREATE = """mutation Create($input: SegmentCreateInput!) { segmentCreate(input: $input) {
  segment { id name mode definition asOf } job { id kind } userErrors { field code message } } }"""
MEMBERS = """query Members($id: ID!, $after: String) { segment(id: $id) { name customers lastError lagSeconds
  members(first: 2, after: $after) {
    nodes { id externalId } pageInfo { hasNextPage endCursor } totalCount { value } } } }"""
EXPLAIN = """query Explain($segment: ID!, $customer: ID!) { segmentExplain(segmentId: $segment, customerId: $customer) {
  member matches nodes { path depth text holds actual unit } } }"""
CUSTOMERS = """query C($first: Int!) { customers(first: $first) {
  nodes { id rfm { label recency } segments { name kind since } } } }"""
MOVEMENT = """query M($days: Int, $from: DateTime, $to: DateTime) {
  segmentMovement(method: RFM, horizonDays: $days, from: $from, to: $to) { status from to days dates
    insufficient { need have } backtest { brier brierOfStaying }
    rows { name customers shown upgrade { share } maintain { share }
      cells { customers share { share low high } } } } }"""


@pytest.fixture
async def shop(database: Database) -> TestTenant:
    tenant = await make_tenant(database, "acme", "acmecanary")
    await buy(database, tenant, two_kinds(80))
    return tenant


def job_of(answer: dict[str, Any]) -> UUID:
    key = key_of("Job", answer["job"]["id"])
    assert key is not None
    return key


async def test_rfm_answers_for_now_and_for_any_past_day(
    api: Api, server: Server, database: Database, shop: TestTenant
) -> None:
    analyst = await api.login("acme", "analyst")
    fresh = (await analyst.data(RFM))["rfm"]
    await run(database, shop, RunRequest("rfm"))
    tells(server.cache.invalidation)(shop.id, RUN_JOB)
    kept = (await analyst.data(RFM))["rfm"]
    assert (fresh["version"], kept["version"]) == (None, 1)
    assert [(one["label"], one["customers"]) for one in fresh["segments"]] == [
        (one["label"], one["customers"]) for one in kept["segments"]
    ]
    assert (kept["status"], kept["customers"], kept["prospects"], len(kept["segments"])) == ("OK", 80, 0, 11)
    assert len(kept["grid"]) == 25
    assert sum(cell["customers"] for cell in kept["grid"]) == 80
    assert sum(one["share"] for one in kept["segments"]) == pytest.approx(1)
    assert sum(one["spentShare"] for one in kept["segments"]) == pytest.approx(1)
    then = (NOW - timedelta(days=150)).isoformat()
    past = (await analyst.data(RFM, {"asOf": then}))["rfm"]
    assert (past["customers"], past["version"]) == (40, None)
    long_ago = (await analyst.data(RFM, {"asOf": (NOW - timedelta(days=999)).isoformat()}))["rfm"]
    assert (long_ago["status"], long_ago["insufficient"]) == (
        "INSUFFICIENT_DATA",
        {"what": "customers with a purchase", "need": 25, "have": 0},
    )


async def test_a_rule_segment_is_made_read_explained_and_removed(
    api: Api, database: Database, shop: TestTenant
) -> None:
    analyst = await api.login("acme", "analyst")
    rule = {"all": [{"metric": "orders", "atLeast": 3}, {"not": {"recency": "order", "olderThanDays": 30}}]}
    made = (await analyst.data(CREATE, {"input": {"name": "Regulars", "definition": rule}}))["segmentCreate"]
    assert made["userErrors"] == []
    assert (made["segment"]["definition"], made["segment"]["asOf"], made["job"]["kind"]) == (
        rule,
        None,
        "segment.refresh",
    )
    await work(database, shop, job_of(made))
    key = made["segment"]["id"]
    seen: list[str] = []
    after = None
    while True:
        found = (await analyst.data(MEMBERS, {"id": key, "after": after}))["segment"]
        seen += [node["externalId"] for node in found["members"]["nodes"]]
        if not found["members"]["pageInfo"]["hasNextPage"]:
            break
        after = found["members"]["pageInfo"]["endCursor"]
    assert sorted(seen) == sorted(f"acmecanary-c{number}" for number in range(1, 80, 2))
    assert (found["customers"], found["members"]["totalCount"]["value"], found["lagSeconds"]) == (40, 40, 0.0)
    customer = found["members"]["nodes"][0]["id"]
    told = (await analyst.data(EXPLAIN, {"segment": key, "customer": customer}))["segmentExplain"]
    assert (told["member"], told["matches"]) == (True, True)
    assert [(node["path"], node["depth"], node["holds"]) for node in told["nodes"]] == [
        ("", 0, True),
        ("all.0", 1, True),
        ("all.1", 1, True),
        ("all.1.not", 2, False),
    ]
    assert (told["nodes"][1]["text"], told["nodes"][1]["actual"]) == ("Orders: at least 3", 5)
    delete = "mutation D($id: ID!) { segmentDelete(input: {id: $id}) { deletedId userErrors { code } } }"
    assert (await analyst.data(delete, {"id": key}))["segmentDelete"] == {"deletedId": key, "userErrors": []}
    assert (await analyst.data(MEMBERS, {"id": key}))["segment"] is None


async def test_rules_that_would_build_on_each_other_in_a_circle_are_refused(
    api: Api, database: Database, shop: TestTenant
) -> None:
    analyst = await api.login("acme", "analyst")
    ids: list[str] = []
    for name, rule in (("A", {"metric": "orders", "atLeast": 1}), ("B", None), ("C", None)):
        definition = rule or {"segment": ids[-1]}
        answer = (await analyst.data(CREATE, {"input": {"name": name, "definition": definition}}))["segmentCreate"]
        assert answer["userErrors"] == []
        ids.append(answer["segment"]["id"])
    update = """mutation U($id: ID!, $rule: JSON!) { segmentUpdate(input: {id: $id, definition: $rule}) {
      userErrors { field message } } }"""
    refused = (await analyst.data(update, {"id": ids[0], "rule": {"not": {"segment": ids[2]}}}))["segmentUpdate"]
    assert refused["userErrors"] == [
        {"field": ["definition"], "message": "The rules would build on each other in a circle: A → C → B → A."}
    ]
    delete = "mutation D($id: ID!) { segmentDelete(input: {id: $id}) { userErrors { code message } } }"
    kept = (await analyst.data(delete, {"id": ids[0]}))["segmentDelete"]["userErrors"]
    assert kept == [{"code": "CONFLICT", "message": "Other segments build on this one: B."}]


async def test_wrong_input_is_told_with_its_place(api: Api, shop: TestTenant) -> None:
    analyst = await api.login("acme", "analyst")
    wrong = {"name": "X", "definition": {"all": [{"metric": "orders", "atLeast": "3"}]}}
    answer = (await analyst.data(CREATE, {"input": wrong}))["segmentCreate"]
    assert answer["segment"] is None
    assert [(error["field"], error["code"]) for error in answer["userErrors"]] == [
        (["definition", "all", "0", "atLeast"], "BAD_USER_INPUT")
    ]


async def test_customers_carry_their_segments_by_as_many_statements_as_one(
    api: Api, server: Server, database: Database, shop: TestTenant
) -> None:
    await run(database, shop, RunRequest("rfm"))
    await make(database, shop, "Regulars", {"metric": "orders", "atLeast": 3})
    viewer = await api.login("acme", "viewer")
    needed = []
    for first in (1, 20):
        with counted_statements(server.database) as seen:
            nodes = (await viewer.data(CUSTOMERS, {"first": first}))["customers"]["nodes"]
        needed.append(of_operation(seen))
    assert needed[0] == needed[1]
    assert len(nodes) == 20
    assert {len(node["segments"]) for node in nodes} == {1, 2}
    assert all(node["rfm"]["label"] == node["segments"][0]["name"] for node in nodes if len(node["segments"]) == 1)


async def test_movement_is_under_one_version_and_hides_what_says_nothing(
    api: Api, database: Database, shop: TestTenant
) -> None:
    viewer = await api.login("acme", "viewer")
    assert (await viewer.data(MOVEMENT, {"days": 30}))["segmentMovement"]["status"] == "NOT_RUN"
    await run(database, shop, RunRequest("rfm"))
    found = (await viewer.data(MOVEMENT, {"days": 60}))["segmentMovement"]
    assert (found["status"], found["days"], found["to"]) == ("OK", 60, NOW.isoformat())
    assert sum(row["customers"] for row in found["rows"]) == 80
    for row in found["rows"]:
        assert row["shown"] is (row["customers"] >= 30)
        assert all((cell["share"] is not None) is row["shown"] for cell in row["cells"])
        assert sum(cell["customers"] for cell in row["cells"]) == row["customers"]
    assert any(row["shown"] for row in found["rows"])
    between = {"from": found["dates"][0], "to": found["dates"][1]}
    assert (await viewer.data(MOVEMENT, between))["segmentMovement"]["days"] == 30
    errors = (await viewer.post(MOVEMENT, {"days": 45})).json()["errors"]
    assert errors[0]["extensions"]["code"] == "BAD_USER_INPUT"
