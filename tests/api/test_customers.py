"""The list of customers and its relations."""

from api.app import Server
from models.database import Database
from tests.support.client import Api
from tests.support.statements import counted_statements, of_operation
from tests.support.world import TestTenant, fill, make_tenant

PAGE = """
query Page($first: Int, $after: String, $last: Int, $before: String, $search: String, $orderBy: [CustomerOrder!]) {
  customers(first: $first, after: $after, last: $last, before: $before, search: $search, orderBy: $orderBy) {
    totalCount { value precision }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name externalId totalSpent { amount currency } orderCount lastOrderAt }
  }
}
"""
DEEP = """
query Deep($first: Int!) {
  customers(first: $first) {
    totalCount { value }
    nodes {
      totalSpent { amount currency }
      orders(first: 5) {
        totalCount { value }
        nodes { total { amount currency } customer { name } lines(first: 5) { totalCount { value } nodes { sku } } }
      }
      events(first: 5) { totalCount { value } nodes { name customer { name } } }
      conversations(first: 5) { nodes { subject customer { name } messages(first: 5) { nodes { body } } } }
    }
  }
}
"""


async def test_pages_visit_every_customer_once_forwards_and_backwards(api: Api, database: Database) -> None:
    tenant = await make_tenant(database, "paged", "pagedcanary")
    await fill(database, tenant, customers=23)
    viewer = await api.login("paged", "viewer")
    for field in ("NAME", "TOTAL_SPENT", "ORDER_COUNT", "LAST_ORDER_AT"):
        for direction in ("ASC", "DESC"):
            order = [{"field": field, "direction": direction}]
            forwards: list[str] = []
            variables: dict[str, object] = {"first": 5, "orderBy": order}
            while True:
                page = (await viewer.data(PAGE, variables))["customers"]
                forwards += [node["externalId"] for node in page["nodes"]]
                if not page["pageInfo"]["hasNextPage"]:
                    break
                variables["after"] = page["pageInfo"]["endCursor"]
            backwards: list[str] = []
            variables = {"last": 5, "orderBy": order}
            while True:
                page = (await viewer.data(PAGE, variables))["customers"]
                backwards = [node["externalId"] for node in page["nodes"]] + backwards
                if not page["pageInfo"]["hasPreviousPage"]:
                    break
                variables["before"] = page["pageInfo"]["startCursor"]
            assert len(forwards) == len(set(forwards)) == 23, (field, direction)
            assert forwards == backwards, (field, direction)


async def test_a_customer_shows_its_sums(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    page = (await viewer.data(PAGE, {"first": 10, "search": "ACMEcanary-C1"}))["customers"]
    [customer] = page["nodes"]
    assert customer["name"] == "acmecanary customer 001"
    assert customer["totalSpent"] == {"amount": 2 * 1_001, "currency": "GBP"}
    assert customer["orderCount"] == 2
    assert page["totalCount"] == {"value": 1, "precision": "EXACT"}


async def test_the_number_of_statements_does_not_grow_with_the_number_of_parents(
    api: Api, server: Server, database: Database
) -> None:
    tenant = await make_tenant(database, "many", "manycanary")
    await fill(database, tenant, customers=100)
    viewer = await api.login("many", "viewer")
    counts = []
    for first in (1, 100):
        with counted_statements(server.database) as seen:
            data = await viewer.data(DEEP, {"first": first})
        assert len(data["customers"]["nodes"]) == first
        counts.append(of_operation(seen))
    assert counts == [13, 13]


async def test_a_cursor_is_good_for_its_own_list_only(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    cursor = (await viewer.data(PAGE, {"first": 1}))["customers"]["pageInfo"]["endCursor"]
    by_spending = [{"field": "TOTAL_SPENT", "direction": "ASC"}]
    assert await viewer.error_code(PAGE, {"first": 1, "after": cursor, "orderBy": by_spending}) == "BAD_USER_INPUT"
    assert await viewer.error_code(PAGE, {"first": 1, "after": cursor, "search": "acme"}) == "BAD_USER_INPUT"
    assert await viewer.error_code(PAGE, {"first": 1, "after": cursor[:-2] + "AA"}) == "BAD_USER_INPUT"
    assert await viewer.error_code(PAGE, {"first": 1, "after": "§"}) == "BAD_USER_INPUT"


async def test_page_arguments_are_checked(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    for variables in ({}, {"first": 1, "last": 1}, {"first": 0}, {"first": 101}, {"last": -1}):
        assert await viewer.error_code(PAGE, variables) == "BAD_USER_INPUT", variables
