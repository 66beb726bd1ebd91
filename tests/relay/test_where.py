"""A filter finds what it says, page for page, whatever it is made of and whatever is added meanwhile."""

from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.app import Server
from api.cache.freshness import Tag
from api.events.contracts import CustomerRef, IncomingEvent
from models.database import Database
from tests.relay.trees import COUNTRIES, NAMES, Row, Where, meets, trees
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, ingest, make_tenant

PAGE: Final = """
query Page($first: Int, $after: String, $last: Int, $before: String, $where: CustomerWhere, $order: [CustomerOrder!]) {
  customers(first: $first, after: $after, last: $last, before: $before, where: $where, orderBy: $order) {
    nodes { externalId name country orderCount totalSpent { amount } lastOrderAt firstSeenAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount { value }
  }
}
"""
ENDS_TOO_EARLY: Final = ("orderCount", "range", "lte")
ORDERS: Final = {
    "NAME": "name", "TOTAL_SPENT": "totalSpent", "ORDER_COUNT": "orderCount", "LAST_ORDER_AT": "lastOrderAt"
}  # fmt: skip


def _customer(country: str | None, name: str, orders: int, days: int) -> list[IncomingEvent]:
    """With an event `days` ago, and as many orders of 100 from then on."""
    who = CustomerRef(uuid4().hex, name=name, country=country)
    at = NOW - timedelta(days=days)
    lines = [{"sku": "s", "description": "thing", "quantity": 1, "unitAmount": 100}]
    bought = [
        IncomingEvent(
            uuid4().hex,
            "order_completed",
            occurred_at=at,
            customer=who,
            properties={"orderId": uuid4().hex, "lines": lines},
        )
        for _ in range(orders)
    ]
    return [IncomingEvent(uuid4().hex, "page_viewed", occurred_at=at, customer=who), *bought]


@pytest.fixture
async def shop(database: Database) -> TestTenant:
    tenant = await make_tenant(database, f"t{uuid4().hex}"[:20], "wherecanary")
    kinds = [(COUNTRIES[n % 4], NAMES[n % 3], n % 3, n % 5) for n in range(14)]
    await ingest(database, tenant, *(event for kind in kinds for event in _customer(*kind)))
    return tenant


@hypothesis_settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    where=trees,
    order=st.sampled_from(sorted(ORDERS)),
    direction=st.sampled_from(["ASC", "DESC"]),
    backwards=st.booleans(),
    added=st.tuples(st.sampled_from(COUNTRIES), st.sampled_from(NAMES), st.integers(0, 2), st.integers(0, 3)),
)
async def test_a_list_is_the_rows_that_meet_its_filter_each_exactly_once(
    api: Api,
    server: Server,
    database: Database,
    shop: TestTenant,
    where: Where,
    order: str,
    direction: str,
    backwards: bool,
    added: tuple[str | None, str, int, int],
) -> None:
    viewer = await api.login(shop.slug, "viewer")
    everybody = (await viewer.data(PAGE, {"first": 100}))["customers"]["nodes"]
    wanted = {row["externalId"] for row in everybody if meets(row, where)}
    sort = {"where": where, "order": [{"field": order, "direction": direction}]}
    turned: dict[str, Any] = {"last": 5, **sort} if backwards else {"first": 5, **sort}
    seen: list[Row] = []
    while True:
        page = (await viewer.data(PAGE, turned))["customers"]
        seen = [*page["nodes"], *seen] if backwards else [*seen, *page["nodes"]]
        assert page["totalCount"]["value"] >= len(wanted)
        info = page["pageInfo"]
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            break
        turned |= {"before": info["startCursor"]} if backwards else {"after": info["endCursor"]}
        if len(everybody) < 60:
            await ingest(database, shop, *_customer(*added))
            server.cache.invalidation.changed(shop.id, {Tag.RECORDS})
    names = [row["externalId"] for row in seen]
    assert len(names) == len(set(names))
    assert wanted <= set(names)
    assert all(meets(row, where) for row in seen)
    assert _in_order([_value(row, order) for row in seen], descending=direction == "DESC")


def _value(row: Row, order: str) -> Any:
    value = row[ORDERS[order]]
    if order == "NAME":
        return value.casefold()
    return value["amount"] if isinstance(value, dict) else value


def _in_order(values: list[Any], *, descending: bool) -> bool:
    """Missing values last."""
    present = [value for value in values if value is not None]
    missing = [value is None for value in values]
    return present == sorted(present, reverse=descending) and missing == sorted(missing)


OF_CUSTOMER: Final = """
query Lists($orders: OrderWhere, $events: EventWhere, $talks: ConversationWhere, $said: MessageWhere) {
  customers(first: 2) { nodes {
    orders(first: 10, where: $orders, orderBy: [{field: PLACED_AT, direction: ASC}]) {
      totalCount { value } nodes { kind placedAt } }
    events(first: 10, where: $events) { nodes { name } }
    conversations(first: 10, where: $talks) { nodes { closedAt messages(last: 5, where: $said) { nodes { author } } } }
  } }
}
"""


async def test_relations_are_narrowed_down_and_turned_round(api: Api, acme: TestTenant, database: Database) -> None:
    viewer = await api.login("acme", "viewer")
    variables = {
        "orders": {"kind": {"eq": "ORDER"}},
        "events": {"OR": [{"name": {"startsWith": "page"}}, {"name": {"eq": "message_sent"}}]},
        "talks": {"closedAt": {"missing": False}, "rating": {"oneOf": [4, 5]}},
        "said": {"NOT": {"author": {"oneOf": ["CUSTOMER"]}}},
    }
    for customer in (await viewer.data(OF_CUSTOMER, variables))["customers"]["nodes"]:
        orders = customer["orders"]
        assert [one["kind"] for one in orders["nodes"]] == ["ORDER", "ORDER"]
        assert orders["totalCount"]["value"] == 2
        moments = [one["placedAt"] for one in orders["nodes"]]
        assert moments == sorted(moments)
        assert {one["name"] for one in customer["events"]["nodes"]} == {"page_viewed", "message_sent"}
        [talk] = customer["conversations"]["nodes"]
        assert [one["author"] for one in talk["messages"]["nodes"]] == ["AGENT"]


ORDERS_OF: Final = "query Of($who: ID!) { orders(first: 100, where: {customer: {eq: $who}}) { nodes { externalId } } }"
SOMEBODY: Final = "{ customers(first: 1) { nodes { id } } }"


async def test_a_foreign_id_in_a_filter_is_like_a_missing_one(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    viewer, other = await api.login("acme", "viewer"), await api.login("globex", "viewer")
    own, foreign = [(await one.data(SOMEBODY))["customers"]["nodes"][0]["id"] for one in (viewer, other)]
    assert len((await viewer.data(ORDERS_OF, {"who": own}))["orders"]["nodes"]) == 3
    assert (await viewer.data(ORDERS_OF, {"who": foreign}))["orders"]["nodes"] == []


async def test_a_filter_too_large_or_unclear_says_where(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    deep: Where = {"country": {"eq": "Peru"}}
    for _ in range(12):
        deep = {"NOT": deep}
    wide = {"OR": [{"country": {"eq": str(number)}} for number in range(101)]}
    cases = [
        (deep, ["where", "NOT"]),
        (wide, ["where"]),
        (
            {"OR": [{}, {"orderCount": {"range": {"gte": 2, "lte": 1}}}]},
            ["where", "OR", "1", *ENDS_TOO_EARLY],
        ),
        ({"country": {"eq": "a\0"}}, ["where", "country", "eq"]),
        ({"name": {"startsWith": "x" * 201}}, ["where", "name", "startsWith"]),
    ]
    for where, path in cases:
        [error] = (await viewer.answer(PAGE, {"first": 1, "where": where}))["errors"]
        assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", path)


async def test_two_operators_at_once_are_refused_before_anything_runs(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    for unclear in ({"eq": 1, "missing": True}, {}, {"eq": None}):
        answer = await viewer.answer(PAGE, {"first": 1, "where": {"orderCount": unclear}})
        assert answer.get("data") is None
        [code] = [error["extensions"]["code"] for error in answer["errors"]]
        assert code in ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"), unclear


@pytest.mark.parametrize("levels", [100, 240, 900])
async def test_a_filter_of_many_levels_is_refused_and_breaks_nothing(api: Api, acme: TestTenant, levels: int) -> None:
    viewer = await api.login("acme", "viewer")
    body = '{"NOT":' * levels + "{}" + "}" * levels
    headers = {"authorization": f"Bearer {viewer.token}", "content-type": "application/json"}
    sent = (
        '{"query": "query($w: CustomerWhere) { customers(first: 1, where: $w) { nodes { id } } }", "variables": {"w": '
    )
    answer = (await viewer.http.post("/graphql", content=f"{sent}{body}}}}}", headers=headers)).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    written = "{NOT: " * levels + "{}" + "}" * levels
    answer = await viewer.answer(f"{{ customers(first: 1, where: {written}) {{ nodes {{ id }} }} }}")
    assert answer["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "MAX_COST_EXCEEDED")
