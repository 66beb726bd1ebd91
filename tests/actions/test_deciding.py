"""Actions are proposed by expected value, caps hold, and what is decided can be judged later."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from api.actions import proposals_repository, sources
from api.actions.contracts import Action, Block, Catalogue, Decided, Limits, Proposal, ValueRule
from api.actions.service import Actions, occasion_of
from api.errors import ConflictError
from api.events.contracts import IncomingEvent
from api.graphql.ids import global_id
from api.intelligence.actions import in_holdout
from api.tenants.repository import get_tenant
from models import Customer
from models.base import table
from models.database import Database
from tests.actions.support import Certain
from tests.segments.support import make
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, customer_ref, ingest, make_tenant, order

customer = table(Customer)
ALWAYS = Limits(weekly_cap=2, daily_cap=100, quiet_from=0, quiet_to=0)
SMALL = Action("small", "Small", "email", 10, ValueRule.FIXED, 100.0, 7)
LARGE = Action("large", "Large", "sms", 0, ValueRule.ORDER_SHARE, 0.5, 0, min_orders=2, needs_consent=True)
UPSELL = Action("upsell", "Upsell", "email", 0, ValueRule.ORDER_SHARE, 0.2, 30)
BOTH = Catalogue((SMALL, LARGE), ALWAYS)
DECIDE = """
mutation Decide($customer: ID!, $action: String!, $decided: ActionDecided!) {
  actionDecide(input: {customerId: $customer, action: $action, decided: $decided}) {
    decision { id action decided propensity policyVersion source succeeded expectedValue { amount } decidedBy }
    userErrors { field code message }
  }
}
"""
OUTCOME = """
mutation Outcome($id: ID!, $succeeded: Boolean!, $value: Int64) {
  actionOutcome(input: {decisionId: $id, succeeded: $succeeded, value: $value}) {
    decision { succeeded outcomeValue { amount } outcomeAt } userErrors { code field }
  }
}
"""
NEXT = """
query Next($first: Int!, $after: String) {
  nextBestActions(first: $first, after: $after) {
    totalCount { value } pageInfo { hasNextPage endCursor }
    nodes { customer { id name } action { code } expectedValue { amount } probability n source block }
  }
}
"""
OF_ONE = """
query One($id: ID!) {
  customer(id: $id) {
    nextBestActions { action { code } block recommended propensity probability expectedValue { amount } source }
  }
}
"""
OF_SEGMENT = """
query Totals($id: ID!) {
  segment(id: $id) { members(first: 100) { nodes { id } } }
  segmentActions(segmentId: $id) { customers actions { action { code } customers expectedValue { amount } } }
}
"""
EFFECT = """
{ actionEffect { status uplift { difference } upliftShortage { code need have }
  policy { value doublyRobust { value low high } }
  policyShortage { code need have } } }
"""


@pytest.fixture
async def own(database: Database) -> TestTenant:
    return await make_tenant(database, "own", "owncanary")


async def buyers(database: Database, tenant: TestTenant, people: int, *, orders: int = 2) -> None:
    """Each ordered for £10.00, and last 40 days ago."""
    await ingest(
        database,
        tenant,
        *(
            order(tenant, one * 100 + number, customer=one, amount=1_000, at=NOW - timedelta(days=40 + 10 * number))
            for one in range(people)
            for number in range(orders)
        ),
    )


async def open_customers(database: Database, tenant: TestTenant) -> list[UUID]:
    """Who is not held out."""
    async with database.unit_of_work(tenant.id) as session:
        keys = (await session.execute(select(customer.c.id).order_by(customer.c.id))).scalars().all()
    return [key for key in keys if not in_holdout(str(key), str(tenant.id))]


def service(database: Database, now: Callable[[], datetime] = clock) -> Actions:
    return Actions(database, Certain(0.5), now)


async def weigh(
    database: Database, tenant: TestTenant, key: UUID, now: datetime = NOW, probability: float = 0.5
) -> dict[str, Proposal]:
    async with database.unit_of_work(tenant.id) as session:
        record = await get_tenant(session, tenant.id)
    async with database.reading(tenant.id) as snapshot:
        occasion = await occasion_of(snapshot, record, now, Certain(probability))
        [proposals] = await proposals_repository.load_proposals(snapshot, [key], occasion)
    return {one.code: one for one in proposals}


async def agree(database: Database, tenant: TestTenant, number: int, name: str, hours_ago: int) -> None:
    at = NOW - timedelta(hours=hours_ago)
    await ingest(
        database,
        tenant,
        IncomingEvent(f"{name}-{hours_ago}", name, "api", at, customer_ref(tenant, number), {"channel": "sms"}),
    )


async def number_of(database: Database, tenant: TestTenant, key: UUID) -> int:
    async with database.unit_of_work(tenant.id) as session:
        external = (await session.execute(select(customer.c.external_id).where(customer.c.id == key))).scalar_one()
    return int(str(external).rpartition("-c")[2])


async def test_the_expected_value_is_probability_times_value_less_cost(database: Database, own: TestTenant) -> None:
    await buyers(database, own, 20)
    await service(database).set_catalogue(own.id, BOTH, actor="test")
    key = (await open_customers(database, own))[0]
    found = await weigh(database, own, key, probability=0.4)
    assert found["small"].expected_value == pytest.approx(30)
    assert found["small"].block is None
    assert found["large"].expected_value == pytest.approx(0.4 * 0.5 * 1_000)
    assert found["large"].block is Block.NO_CONSENT
    assert (await weigh(database, own, key, probability=0.1))["small"].block is Block.NO_VALUE


async def test_consent_is_the_last_word_that_was_said(database: Database, own: TestTenant) -> None:
    await buyers(database, own, 20)
    await service(database).set_catalogue(own.id, BOTH, actor="test")
    key = (await open_customers(database, own))[0]
    number = await number_of(database, own, key)
    await agree(database, own, number, "consent_given", 5)
    assert (await weigh(database, own, key))["large"].block is None
    await agree(database, own, number, "consent_withdrawn", 3)
    assert (await weigh(database, own, key))["large"].block is Block.NO_CONSENT


async def test_who_does_not_fit_or_is_held_out_gets_nothing(database: Database, own: TestTenant) -> None:
    await buyers(database, own, 60, orders=1)
    await service(database).set_catalogue(own.id, BOTH, actor="test")
    chosen = await open_customers(database, own)
    assert (await weigh(database, own, chosen[0]))["large"].block is Block.NOT_ELIGIBLE
    async with database.unit_of_work(own.id) as session:
        everybody = set((await session.execute(select(customer.c.id))).scalars())
    for key in everybody:
        expected = None if key in chosen else Block.HELD_OUT
        assert (await weigh(database, own, key))["small"].block is expected


async def test_caps_cool_downs_and_quiet_hours_are_never_passed(database: Database, own: TestTenant) -> None:
    await buyers(database, own, 40)
    other = Action("other", "Other", "email", 0, ValueRule.FIXED, 100.0, 0)
    await service(database).set_catalogue(own.id, Catalogue((SMALL, other), ALWAYS), actor="test")
    first, second = (await open_customers(database, own))[:2]
    await service(database).decide(own.id, first, "small", Decided.ACCEPT, actor="test")
    assert (await weigh(database, own, first))["small"].block is Block.COOL_DOWN
    assert (await weigh(database, own, first, NOW + timedelta(days=6)))["small"].block is Block.COOL_DOWN
    assert (await weigh(database, own, first, NOW + timedelta(days=7, seconds=1)))["small"].block is None
    await service(database).decide(own.id, first, "other", Decided.ACCEPT, actor="test")
    assert (await weigh(database, own, first))["other"].block is Block.WEEKLY_CAP
    with pytest.raises(ConflictError, match="weekly cap"):
        await service(database).decide(own.id, first, "other", Decided.ACCEPT, actor="test")

    few = Catalogue((SMALL, other), Limits(weekly_cap=9, daily_cap=2, quiet_from=0, quiet_to=0))
    await service(database).set_catalogue(own.id, few, actor="test")
    with pytest.raises(ConflictError, match="daily cap"):
        await service(database).decide(own.id, second, "small", Decided.ACCEPT, actor="test")
    tomorrow = NOW + timedelta(days=1)
    assert (await weigh(database, own, second, tomorrow))["small"].block is None

    night = Catalogue((SMALL,), Limits(quiet_from=22, quiet_to=13))
    await service(database).set_catalogue(own.id, night, actor="test")
    with pytest.raises(ConflictError, match="quiet hours"):
        await service(database).decide(own.id, second, "small", Decided.ACCEPT, actor="test")


async def test_fatigue_is_taken_off_for_each_action_of_the_last_month(database: Database, own: TestTenant) -> None:
    await buyers(database, own, 20)
    tired = Catalogue((SMALL,), Limits(weekly_cap=9, fatigue=15, quiet_from=0, quiet_to=0))
    await service(database).set_catalogue(own.id, tired, actor="test")
    key = (await open_customers(database, own))[0]
    await service(database).decide(own.id, key, "small", Decided.ACCEPT, actor="test")
    later = await weigh(database, own, key, NOW + timedelta(days=10))
    assert later["small"].expected_value == pytest.approx(0.5 * 100 - 10 - 15)
    much_later = await weigh(database, own, key, NOW + timedelta(days=31))
    assert much_later["small"].expected_value == pytest.approx(40)


async def test_the_baseline_is_how_often_such_customers_ordered_again(database: Database, own: TestTenant) -> None:
    """40 customers had ordered once 40 days ago: a quarter of them ordered again within the 30 days since."""
    await ingest(
        database,
        own,
        *(order(own, one, customer=one, amount=1_000, at=NOW - timedelta(days=40)) for one in range(40)),
        *(order(own, 100 + one, customer=one, amount=1_000, at=NOW - timedelta(days=5)) for one in range(10)),
    )
    async with database.reading(own.id) as snapshot:
        rows = await snapshot.rows(sources.LIKELIHOODS.select(own.id, [UPSELL], NOW))
    assert len(rows) == 40
    assert {(float(row.probability), row.n, row.source) for row in rows} == {(0.25, 40, "RULES")}


async def test_with_too_few_customers_there_is_no_likelihood(database: Database, own: TestTenant) -> None:
    await buyers(database, own, 29, orders=1)
    async with database.reading(own.id) as snapshot:
        assert await snapshot.rows(sources.LIKELIHOODS.select(own.id, [UPSELL], NOW)) == []
        record = await get_tenant_of(database, own)
        occasion = await occasion_of(snapshot, record, NOW, sources.LIKELIHOODS)
        key = (await open_customers(database, own))[0]
        [proposals] = await proposals_repository.load_proposals(snapshot, [key], occasion)
    assert {one.code: one.block for one in proposals}["retention"] is Block.INSUFFICIENT_DATA


async def get_tenant_of(database: Database, tenant: TestTenant) -> Any:
    async with database.unit_of_work(tenant.id) as session:
        return await get_tenant(session, tenant.id)


async def test_deciding_over_the_api_logs_what_is_needed_to_judge_it(
    api: Api, database: Database, own: TestTenant
) -> None:
    await ingest(
        database,
        own,
        *(order(own, one, customer=one, amount=1_000 + one, at=NOW - timedelta(days=40)) for one in range(40)),
        *(order(own, 100 + one, customer=one, amount=1_000, at=NOW - timedelta(days=5)) for one in range(10)),
    )
    analyst = await api.login("own", "analyst")
    page = (await analyst.data(NEXT, {"first": 100}))["nextBestActions"]
    assert page["totalCount"]["value"] == len(page["nodes"]) > 0
    amounts = [node["expectedValue"]["amount"] for node in page["nodes"]]
    assert amounts == sorted(amounts, reverse=True)
    assert {node["source"] for node in page["nodes"]} == {"RULES"}
    best = page["nodes"][0]["customer"]["id"]
    weighed = (await analyst.data(OF_ONE, {"id": best}))["customer"]["nextBestActions"]
    assert [one["action"]["code"] for one in weighed if one["block"] is None] == ["retention"]
    assert (weighed[0]["recommended"], weighed[0]["propensity"]) == (True, 1.0)

    given = {"customer": best, "action": "retention", "decided": "ACCEPT"}
    decision = (await analyst.data(DECIDE, given))["actionDecide"]["decision"]
    assert (decision["propensity"], decision["policyVersion"], decision["source"]) == (1.0, "rules-1", "RULES")
    refused = (await analyst.data(DECIDE, given))["actionDecide"]
    assert [(error["code"], error["field"]) for error in refused["userErrors"]] == [("CONFLICT", ["action"])]
    outcome = (await analyst.data(OUTCOME, {"id": decision["id"], "succeeded": True, "value": 900}))["actionOutcome"]
    assert outcome["decision"]["outcomeValue"] == {"amount": 900}
    actions = [entry.action for entry in await entries(database, own) if entry.action.startswith("action.")]
    assert actions == ["action.decide", "action.outcome"]
    effect = (await analyst.data(EFFECT))["actionEffect"]
    assert (effect["status"], effect["uplift"], effect["policy"]) == ("NOT_MEASURED", None, None)
    assert effect["policyShortage"] == {"code": "INSUFFICIENT_DATA", "need": 100, "have": 1}


async def test_a_segments_actions_are_its_customers_best_ones_added_up(
    api: Api, database: Database, own: TestTenant
) -> None:
    first = (order(own, one, customer=one, amount=1_000 + one, at=NOW - timedelta(days=40)) for one in range(55))
    again = (order(own, 9_000 + one, customer=one, amount=1_000, at=NOW - timedelta(days=5)) for one in range(10))
    await ingest(database, own, *first, *again)
    segment = await make(database, own, "few", {"metric": "revenue", "atLeast": 1_025})
    viewer = await api.login("own", "viewer")
    found = await viewer.data(OF_SEGMENT, {"id": global_id("Segment", segment.id)})
    inside = {one["id"] for one in found["segment"]["members"]["nodes"]}
    everybody = (await viewer.data(NEXT, {"first": 100}))["nextBestActions"]["nodes"]
    theirs = [node for node in everybody if node["customer"]["id"] in inside]
    assert 0 < len(theirs) < len(everybody)
    assert found["segmentActions"]["customers"] == len(inside)
    totals = found["segmentActions"]["actions"]
    amounts = [total["expectedValue"]["amount"] for total in totals]
    assert amounts == sorted(amounts, reverse=True)
    assert {total["action"]["code"] for total in totals} == {node["action"]["code"] for node in theirs}
    for total in totals:
        mine = [node for node in theirs if node["action"]["code"] == total["action"]["code"]]
        assert total["customers"] == len(mine)
        together = sum(node["expectedValue"]["amount"] for node in mine)
        assert total["expectedValue"]["amount"] == pytest.approx(together, abs=len(mine) / 2)
    nobody = {"customers": 0, "actions": []}
    assert (await viewer.data(OF_SEGMENT, {"id": global_id("Customer", UUID(int=7))}))["segmentActions"] == nobody
    stranger = global_id("Segment", UUID(int=7))
    assert (await viewer.data(OF_SEGMENT, {"id": stranger}))["segmentActions"] == nobody


async def test_pages_of_the_list_meet_without_a_gap(api: Api, database: Database, own: TestTenant) -> None:
    await buyers(database, own, 55, orders=1)
    again = (order(own, 9_000 + one, customer=one, amount=1_000, at=NOW - timedelta(days=5)) for one in range(10))
    await ingest(database, own, *again)
    viewer = await api.login("own", "viewer")
    whole = [node["customer"]["id"] for node in (await viewer.data(NEXT, {"first": 100}))["nextBestActions"]["nodes"]]
    seen: list[str] = []
    after = None
    while True:
        page = (await viewer.data(NEXT, {"first": 7, "after": after}))["nextBestActions"]
        seen += [node["customer"]["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole
    assert len(whole) == len(await open_customers(database, own)) > 7


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"action": "nothing_such", "decided": "ACCEPT"}, "BAD_USER_INPUT"),
        ({"action": "upsell", "decided": "ACCEPT"}, "CONFLICT"),
    ],
)
async def test_what_cannot_be_decided_is_said(
    api: Api, database: Database, own: TestTenant, variables: dict[str, Any], code: str
) -> None:
    await buyers(database, own, 1)
    analyst = await api.login("own", "analyst")
    [node] = (await analyst.data("{ customers(first: 1) { nodes { id } } }"))["customers"]["nodes"]
    answer = (await analyst.data(DECIDE, {"customer": node["id"], **variables}))["actionDecide"]
    assert [error["code"] for error in answer["userErrors"]] == [code]
    async with database.unit_of_work(own.id) as session:
        assert (await session.execute(text("SELECT count(*) FROM action_decision"))).scalar_one() == 0
