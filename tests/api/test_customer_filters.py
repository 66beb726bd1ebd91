"""Lists of customers narrowed down, as they are read and as they leave in a file."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from api.events.contracts import CustomerRef, IncomingEvent
from models.database import Database
from tests.api.test_uploads import get
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, conversation, ingest, make_tenant, order

PAGE = """
query Page($where: CustomerWhere, $search: String, $first: Int = 50, $after: String) {
  customers(first: $first, after: $after, where: $where, search: $search) {
    nodes { externalId }
    totalCount { value }
    pageInfo { endCursor }
  }
}
"""
DAY = timedelta(days=1)


@pytest.fixture
async def shop(database: Database) -> TestTenant:
    """Customer 0 ordered long ago, 1 yesterday and cancelled today, 2 only talked, 3 only looked, from elsewhere."""
    tenant = await make_tenant(database, "filtered", "filteredcanary")
    elsewhere = CustomerRef(external_id="filteredcanary-c3", name="filteredcanary customer 003", country="Peru")
    await ingest(
        database,
        tenant,
        order(tenant, 1, customer=0, amount=5_000, at=NOW - 40 * DAY),
        order(tenant, 2, customer=1, amount=1_000, at=NOW - DAY),
        order(tenant, 3, customer=1, amount=3_000, at=NOW - DAY),
        order(tenant, 4, customer=1, amount=1_000, at=NOW - timedelta(hours=1), cancelled=True),
        *conversation(tenant, 1, customer=2, at=NOW - 2 * DAY),
        IncomingEvent(message_id="visit-3", name="page_viewed", occurred_at=NOW - 3 * DAY, customer=elsewhere),
    )
    return tenant


def acted(*acts: str, days: float = 5) -> dict[str, Any]:
    return {"acted": {"acts": list(acts), "at": {"gte": (NOW - days * DAY).isoformat(), "lt": NOW.isoformat()}}}


def at(**ago: float) -> str:
    return (NOW - timedelta(**ago)).isoformat()


LATELY = {"actedGte": at(days=5)}
CASES: list[tuple[dict[str, Any], dict[str, str], list[int]]] = [
    ({}, {}, [0, 1, 2, 3]),
    ({"country": {"oneOf": ["Peru"]}}, {"country": "Peru"}, [3]),
    ({"country": {"oneOf": ["Peru", "Wales"]}}, {"country": "Peru,Wales"}, [0, 1, 2, 3]),
    ({"totalSpent": {"range": {"gte": 3_000}}}, {"spentGte": "3000"}, [0, 1]),
    ({"totalSpent": {"range": {"gte": 3_000, "lte": 3_000}}}, {"spentGte": "3000", "spentLte": "3000"}, [1]),
    ({"orderCount": {"range": {"lte": 0}}}, {"ordersLte": "0"}, [2, 3]),
    ({"lastOrderAt": {"range": {"gte": at(days=2)}}}, {"lastOrderGte": at(days=2)}, [1]),
    ({"firstSeenAt": {"range": {"lt": at(days=30)}}}, {"firstSeenLt": at(days=30)}, [0]),
    (acted("ORDER"), {"acted": "ORDER", **LATELY}, [1]),
    (acted("CANCELLATION", days=0.5), {"acted": "CANCELLATION", "actedGte": at(days=0.5)}, [1]),
    (acted("CONVERSATION"), {"acted": "CONVERSATION"}, [2]),
    (acted("REPLY"), {"acted": "REPLY"}, [2]),
    (acted("RATING"), {"acted": "RATING"}, [2]),
    (acted("ORDER", "EVENT", days=3.5), {"acted": "EVENT,ORDER", **LATELY}, [1, 2, 3]),
    ({**acted("EVENT"), "country": {"eq": "Wales"}}, {"acted": "EVENT", "country": "Wales", **LATELY}, [1, 2]),
]

MARCH = "2026-03-01T00:00:00Z"
IMPOSSIBLE: list[tuple[dict[str, Any], list[str]]] = [
    ({"totalSpent": {"range": {"gte": 2, "lte": 1}}}, ["where", "totalSpent", "range", "lte"]),
    (
        {"firstSeenAt": {"range": {"gte": "2026-03-02T00:00:00Z", "lt": MARCH}}},
        ["where", "firstSeenAt", "range", "lt"],
    ),
    ({"lastOrderAt": {"range": {"gte": "2026-03-02T00:00:00"}}}, ["where", "lastOrderAt", "range", "gte"]),
    ({"acted": {"acts": [], "at": {}}}, ["where", "acted", "acts"]),
    ({"country": {"oneOf": ["x"] * 301}}, ["where", "country", "oneOf"]),
]


async def test_a_filter_names_those_it_is_for_and_the_file_holds_the_same(api: Api, shop: TestTenant) -> None:
    analyst = await api.login(shop.slug, "analyst")
    for where, query, expected in CASES:
        found = (await analyst.data(PAGE, {"where": where}))["customers"]
        names = [f"filteredcanary-c{number}" for number in expected]
        assert [node["externalId"] for node in found["nodes"]] == names, query
        assert found["totalCount"]["value"] == len(names), query
        file = await get(analyst, "/exports/customers.csv", **query)
        assert [row["externalId"] for row in csv.DictReader(StringIO(file.text))] == names, query


async def test_who_entered_the_stage_purchase_is_found(api: Api, shop: TestTenant) -> None:
    viewer = await api.login(shop.slug, "viewer")
    found = (await viewer.data(PAGE, {"where": acted("CONVERSION", days=60)}))["customers"]["nodes"]
    assert [node["externalId"] for node in found] == ["filteredcanary-c0", "filteredcanary-c1"]


async def test_a_cursor_belongs_to_its_filter(api: Api, shop: TestTenant) -> None:
    viewer = await api.login(shop.slug, "viewer")
    page = (await viewer.data(PAGE, {"first": 1, "where": {"country": {"eq": "Wales"}}}))["customers"]
    code = await viewer.error_code(PAGE, {"first": 1, "after": page["pageInfo"]["endCursor"]})
    assert code == "BAD_USER_INPUT"


async def test_a_filter_that_cannot_be_says_where(api: Api, acme: TestTenant) -> None:
    viewer = await api.login(acme.slug, "viewer")
    for where, path in IMPOSSIBLE:
        [error] = (await viewer.answer(PAGE, {"where": where}))["errors"]
        assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", path)


async def test_a_file_with_a_filter_that_cannot_be_is_refused(api: Api, acme: TestTenant) -> None:
    analyst = await api.login(acme.slug, "analyst")
    for query in ({"spentGte": "x"}, {"acted": "SANG"}, {"actedGte": "now"}, {"firstSeenLt": "2026-03-01T00:00:00"}):
        assert (await get(analyst, "/exports/customers.csv", **query)).status_code == 400, query


async def test_countries_are_counted_commonest_first(api: Api, shop: TestTenant) -> None:
    viewer = await api.login(shop.slug, "viewer")
    found = (await viewer.data("{ customerCountries { country customers } }"))["customerCountries"]
    assert found == [{"country": "Wales", "customers": 3}, {"country": "Peru", "customers": 1}]
