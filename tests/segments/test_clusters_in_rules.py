"""Rules that name clusters, and what is told of each kind of condition."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from api.errors import BadInputError
from api.segments import repository
from api.segments.contracts import RunRequest
from api.segments.explaining import explain
from api.segments.refreshing import Refresh
from models import Customer
from models.base import new_id, table
from models.database import Database
from tests.segments.support import buy, groups, make, member_numbers, run, segment, two_kinds
from tests.support.world import NOW, TestTenant, conversation, ingest, make_tenant, order

CUSTOMERS = 120
customer_table = table(Customer)


@pytest.fixture
async def shop(database: Database) -> TestTenant:
    tenant = await make_tenant(database, "acme", "acmecanary")
    await buy(database, tenant, two_kinds(CUSTOMERS))
    return tenant


async def test_a_rule_may_name_a_cluster_and_follows_it(database: Database, shop: TestTenant) -> None:
    found = await run(database, shop, RunRequest("kmeans", k=2))
    best, rest = await groups(database, shop, found.id)
    built = await make(database, shop, "Not the best", {"not": {"cluster": [best.name]}})
    static = await make(database, shop, "As it was", {"cluster": [rest.name]}, "static")
    assert await member_numbers(database, shop, built.id) == set(range(0, CUSTOMERS, 2))
    later = NOW + timedelta(days=2)  # by then customer 0 has become one of the best
    bought = [
        order(shop, 9_000 + number, customer=0, amount=9_000, at=NOW + timedelta(hours=number)) for number in range(8)
    ]
    await ingest(database, shop, *bought, now=lambda: later)
    await Refresh(database, lambda: later).sweep(shop.id)
    assert 0 in await member_numbers(database, shop, best.id)
    assert await member_numbers(database, shop, built.id) == set(range(2, CUSTOMERS, 2))
    assert await member_numbers(database, shop, static.id) == set(range(0, CUSTOMERS, 2))


async def test_a_rule_on_clusters_moves_by_time_alone(database: Database, shop: TestTenant) -> None:
    found = await run(database, shop, RunRequest("kmeans", k=2, features=("recency", "tenure")))
    listed = await groups(database, shop, found.id)
    [old] = [group for group in listed if 0 in await member_numbers(database, shop, group.id)]
    built = await make(database, shop, "Long ago", {"cluster": [old.name]})
    soon, much_later = NOW + timedelta(minutes=2), NOW + timedelta(days=500)
    await Refresh(database, lambda: soon).sweep(shop.id)  # takes up the news of the orders
    assert await member_numbers(database, shop, built.id) == set(range(0, CUSTOMERS, 2))
    await Refresh(database, lambda: much_later).sweep(shop.id)
    assert await member_numbers(database, shop, built.id) == set(range(CUSTOMERS))


async def test_a_cluster_that_a_later_version_lacks_is_said_to_be_gone(database: Database, shop: TestTenant) -> None:
    first = await run(database, shop, RunRequest("kmeans", k=2))
    best, _ = await groups(database, shop, first.id)
    built = await make(database, shop, "The best", {"cluster": [best.name]})
    async with database.unit_of_work(shop.id) as session:
        await repository.update_segments(session, shop.id, [best.id], name="another name")
        await repository.update_segments(session, shop.id, [built.id], needs_full=True)
    later = NOW + timedelta(minutes=2)
    await Refresh(database, lambda: later).sweep(shop.id)
    told = await segment(database, shop, built.id)
    assert told.last_error == f"There is no cluster called {best.name} in the current version of K-means."
    assert await member_numbers(database, shop, built.id) == set()


async def test_a_new_version_asks_the_rules_on_clusters_again(database: Database, shop: TestTenant) -> None:
    first = await run(database, shop, RunRequest("kmeans", k=2))
    best, _ = await groups(database, shop, first.id)
    built = await make(database, shop, "The best", {"cluster": [best.name]})
    await run(database, shop, RunRequest("kmeans", k=2, seed=1))
    assert (await segment(database, shop, built.id)).needs_full


async def test_a_cluster_that_is_not_there_is_refused_with_those_that_are(database: Database, shop: TestTenant) -> None:
    with pytest.raises(BadInputError, match="There is no cluster called best: K-means has not been run yet"):
        await make(database, shop, "X", {"cluster": ["best"]})
    found = await run(database, shop, RunRequest("kmeans", k=2))
    names = sorted(group.name for group in await groups(database, shop, found.id))
    with pytest.raises(BadInputError) as refused:
        await make(database, shop, "X", {"any": [{"cluster": ["nobody's"]}, {"cluster": [names[0]]}]})
    assert refused.value.message == f"There is no cluster called nobody's: there are {'; '.join(names)}."
    with pytest.raises(BadInputError, match=r"definition\.cluster must list the names"):
        await make(database, shop, "X", {"cluster": []})
    with pytest.raises(BadInputError, match=r'use \{"rfm": \[...\]\} or \{"cluster": \[...\]\}'):
        await make(database, shop, "X", {"segment": str(new_id())})


async def test_each_kind_of_condition_is_explained_node_by_node(database: Database, shop: TestTenant) -> None:
    await ingest(database, shop, *conversation(shop, 1, customer=1, at=NOW - timedelta(days=3)))
    await run(database, shop, RunRequest("rfm"))
    found = await run(database, shop, RunRequest("kmeans", k=2))
    best, _ = await groups(database, shop, found.id)
    buyers = await make(database, shop, "Buyers", {"metric": "orders", "atLeast": 1})
    rule = {
        "any": [
            {"trait": "country", "is": "Wales"},
            {"event": "order_completed", "atLeast": 2, "withinDays": 60},
            {"recency": "order", "withinDays": 7},
            {"recency": "conversation", "olderThanDays": 7},
            {"metric": "revenue", "atMost": 100, "withinDays": 30},
            {"metric": "average_order_value", "atLeast": 9_000},
            {"segment": str(buyers.id)},
            {"rfm": ["champions", "lost"]},
            {"cluster": [best.name]},
            {"all": [{"not": {"trait": "email", "exists": True}}]},
        ]
    }
    made = await make(database, shop, "Everything", rule)
    kept = await segment(database, shop, made.id)
    async with database.reading(shop.id) as snapshot:
        [customer] = [key for key, number in (await _numbers(database, shop)).items() if number == 1]
        told = await explain(snapshot, kept, customer, NOW, member=True)
    assert told.matches
    listed = [(node.path, node.text, node.holds, node.unit.value) for node in told.nodes]
    assert listed == [
        ("", "At least one of these", True, "NONE"),
        ("any.0", "Country is wales", True, "TEXT"),
        ("any.1", "Events order_completed: at least 2 in the last 60 days", True, "COUNT"),
        ("any.2", "Last order within 7 days", True, "MOMENT"),
        ("any.3", "Last conversation more than 7 days ago", False, "MOMENT"),
        ("any.4", "Revenue: at most 100 in the last 30 days", False, "MONEY"),
        ("any.5", "Average order value: at least 9,000", True, "MONEY"),
        ("any.6", "In the segment Buyers", True, "YES_NO"),
        ("any.7", "RFM: champions or lost", told.nodes[8].holds, "YES_NO"),
        ("any.8", f"Cluster: {best.name}", True, "YES_NO"),
        ("any.9", "All of these", False, "NONE"),
        ("any.9.all.0", "Not this", False, "NONE"),
        ("any.9.all.0.not", "Email is known", True, "TEXT"),
    ]
    actual = {node.path: node.actual for node in told.nodes}
    assert actual["any.0"] == "Wales"
    assert actual["any.2"] == (NOW - timedelta(days=2 + 1 / 17)).isoformat()
    assert actual["any.5"] == 9_100.0
    assert actual["any.9.all.0.not"] == "c1@acmecanary.example"


async def _numbers(database: Database, tenant: TestTenant) -> dict[UUID, int]:
    async with database.unit_of_work(tenant.id) as session:
        rows = (await session.execute(select(customer_table.c.id, customer_table.c.external_id))).all()
    return {key: int(name.removeprefix(f"{tenant.canary}-c")) for key, name in rows}
