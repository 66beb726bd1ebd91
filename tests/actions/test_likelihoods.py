"""Models in use give the chance of an action; where none speaks the rules do, and either says so."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from api.actions.contracts import Action, Catalogue, Limits, Outcome, ValueRule
from api.actions.service import Actions
from api.actions.sources import LIKELIHOODS
from models.database import Database
from tests.actions.support import Certain
from tests.actions.test_deciding import open_customers
from tests.predictions.support import current_model
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, ingest, make_tenant, order

ORDER = Action("buy", "Buy", "email", 0, ValueRule.FIXED, 100.0, 7)
STAY = Action("stay", "Stay", "email", 0, ValueRule.FIXED, 100.0, 7, outcome=Outcome.STAY)
ADVANCE = Action("go_on", "Go on", "email", 0, ValueRule.FIXED, 100.0, 7, outcome=Outcome.ADVANCE)
ALL = (ORDER, STAY, ADVANCE)
EXPLAINED = """
query Explained($id: ID!) {
  customer(id: $id) {
    nextBestActions { action { code outcome } probability n source asOf explanation model { number kind } block }
  }
}
"""


@pytest.fixture
async def own(database: Database) -> TestTenant:
    """40 customers; a quarter of them ordered again."""
    tenant = await make_tenant(database, "own", "owncanary")
    await ingest(
        database,
        tenant,
        *(order(tenant, one, customer=one, amount=1_000, at=NOW - timedelta(days=40)) for one in range(40)),
        *(order(tenant, 100 + one, customer=one, amount=1_000, at=NOW - timedelta(days=5)) for one in range(10)),
    )
    return tenant


async def told(database: Database, tenant: TestTenant, *actions: Action) -> dict[tuple[UUID, str], Any]:
    async with database.reading(tenant.id) as snapshot:
        rows = await snapshot.rows(LIKELIHOODS.select(tenant.id, actions, NOW))
    return {(row.customer_id, row.code): row for row in rows}


async def speak(database: Database, tenant: TestTenant, **changes: object) -> UUID:
    """A model of churn that says .55 of the first customer, changed as given; that customer."""
    async with database.unit_of_work(tenant.id) as session:
        await current_model(session, tenant.id, made_by="test")
        key: UUID = (await session.execute(text("SELECT customer_id FROM prediction"))).scalar_one()
        for column, value in changes.items():
            await session.execute(text(f"UPDATE prediction SET {column} = :value"), {"value": value})
    return key


async def test_a_model_speaks_before_the_rules_and_of_its_own_customers_alone(
    database: Database, own: TestTenant
) -> None:
    key = await speak(database, own)
    found = await told(database, own, *ALL)
    mine = found[key, "buy"]
    assert (mine.probability, mine.n, mine.source) == (pytest.approx(0.45), 40, "CHURN 30 days, version 1")
    assert (mine.as_of, mine.version_id is None) == (NOW, False)
    assert found[key, "stay"].probability == pytest.approx(0.45)
    others = [row for (customer, code), row in found.items() if customer != key and code == "buy"]
    assert len(others) == 39
    assert {(float(row.probability), row.source, row.as_of, row.version_id) for row in others} == {
        (0.25, "RULES", None, None)
    }


@pytest.mark.parametrize(
    ("changes", "sources"),
    [
        ({"horizon_days": 90}, {"buy": "RULES", "stay": "RULES"}),
        ({"as_of": NOW + timedelta(days=1)}, {"buy": "RULES", "stay": "RULES"}),
        ({"kind": "CONVERSION"}, {"buy": "RULES", "stay": "RULES"}),
    ],
)
async def test_another_horizon_kind_or_time_does_not_speak_of_it(
    database: Database, own: TestTenant, changes: dict[str, object], sources: dict[str, str]
) -> None:
    key = await speak(database, own, **changes)
    found = await told(database, own, *ALL)
    assert {code: row.source for (customer, code), row in found.items() if customer == key} == sources


async def test_giving_notice_is_not_the_same_as_ordering_nothing(database: Database, own: TestTenant) -> None:
    async with database.unit_of_work(own.id) as session:
        await current_model(session, own.id, made_by="test", method="contracts")
        key: UUID = (await session.execute(text("SELECT customer_id FROM prediction"))).scalar_one()
    found = await told(database, own, *ALL)
    assert found[key, "buy"].source == "RULES"
    assert found[key, "stay"].source == "CHURN 30 days, version 1"
    assert (key, "go_on") not in found


async def test_who_goes_on_is_told_by_the_model_of_conversion(database: Database, own: TestTenant) -> None:
    async with database.unit_of_work(own.id) as session:
        await current_model(session, own.id, made_by="test", kind="CONVERSION", method="stages")
        key: UUID = (await session.execute(text("SELECT customer_id FROM prediction"))).scalar_one()
    found = await told(database, own, *ALL)
    assert found[key, "go_on"].probability == pytest.approx(0.55)
    assert found[key, "buy"].source == "RULES"
    assert {customer for customer, code in found if code == "go_on"} == {key}


async def test_where_a_chance_comes_from_is_said_in_words(api: Api, database: Database, own: TestTenant) -> None:
    actions = Actions(database, Certain(), clock)
    await actions.set_catalogue(own.id, Catalogue(ALL, Limits(quiet_from=0, quiet_to=0)), actor="test")
    key = await speak(database, own)
    other = next(one for one in await open_customers(database, own) if one != key)
    analyst = await api.login("own", "analyst")
    page = await analyst.data("{ customers(first: 100) { nodes { id name } } }")
    async with database.unit_of_work(own.id) as session:
        keys = {str(name): one for name, one in (await session.execute(text("SELECT name, id FROM customer"))).all()}
    nodes = {keys[node["name"]]: node["id"] for node in page["customers"]["nodes"]}
    by_code = {
        customer: {
            one["action"]["code"]: one
            for one in (await analyst.data(EXPLAINED, {"id": nodes[customer]}))["customer"]["nextBestActions"]
        }
        for customer in (key, other)
    }
    modelled, ruled = by_code[key]["stay"], by_code[other]["buy"]
    assert modelled["model"] == {"number": 1, "kind": "CHURN"}
    assert modelled["explanation"] == (
        "That the customer stays for 30 days: one less the probability of churn by the model (logistic) of version 1, "
        "as of 2026-03-18, with 40 customers of the past who had a like score."
    )
    assert (ruled["model"], ruled["asOf"], ruled["source"]) == (None, None, "RULES")
    assert ruled["explanation"] == (
        "No model speaks of this customer: how often customers with as many orders, as long ago, ordered again within "
        "30 days (40 of them)."
    )
    unknown = by_code[other]["go_on"]
    assert (unknown["block"], unknown["explanation"]) == ("INSUFFICIENT_DATA", None)
