"""The number of SQL statements of each list is pinned, and does not grow with what is listed."""

import pytest

from api.app import Server
from api.metrics.catalogue import METRICS
from models.database import Database
from tests.support.client import Api
from tests.support.statements import counted_statements, of_operation
from tests.support.world import TestTenant, fill, make_tenant

MANY = 100
BINDING = 1


@pytest.fixture
async def viewer(api: Api, database: Database) -> Api:
    tenant = await make_tenant(database, "many", "manycanary")
    await fill(database, tenant, customers=MANY)
    return await api.login("many", "viewer")


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ("query($n: Int!) { customers(first: $n) { nodes { name } } }", 1),
        ("query($n: Int!) { customers(first: $n) { totalCount { value } nodes { totalSpent { currency } } } }", 3),
        ("query($n: Int!) { events(first: $n) { nodes { name } } }", 1),
        ("query($n: Int!) { events(first: $n) { totalCount { value } nodes { customer { name } } } }", 3),
        (
            "query($n: Int!) { customers(first: $n) { nodes { orders(first: 2) { nodes { lines(first: 2) "
            "{ totalCount { value } nodes { sku } } customer { name } } } } } }",
            5,
        ),
        (
            "query($n: Int!) { customers(first: $n) { nodes { conversations(first: 2) { totalCount { value } nodes "
            "{ messages(first: 2) { totalCount { value } nodes { body } } } } } } }",
            5,
        ),
    ],
)
async def test_lists(viewer: Api, server: Server, query: str, statements: int) -> None:
    for many in (1, MANY):
        with counted_statements(server.database) as seen:
            await viewer.data(query, {"n": many})
        assert of_operation(seen) == BINDING + statements, (many, seen)


@pytest.mark.parametrize(
    ("slugs", "statements"),
    [
        (["orders", "revenue", "events", "conversations"], 1),
        (["active_customers", "interaction_frequency"], 1),
        (["new_customers", "conversions", "response_time", "satisfaction_score", "session_duration"], 1),
        (["conversion_rate"], 1),
        (["engagement_score"], 2),
        (["churn_risk", "conversion_probability", "clv_prediction"], 1),
        (list(METRICS), 7),
    ],
)
async def test_metrics_over_one_range(
    api: Api, acme: TestTenant, server: Server, slugs: list[str], statements: int
) -> None:
    """The tenant, the revision, and one for each place the numbers come from; engagement reads its weights too."""
    viewer = await api.login("acme", "viewer")
    fields = " ".join(
        f'{slug}: metricSeries(metric: "{slug}", range: {{preset: LAST_7_DAYS}}) {{ total }}' for slug in slugs
    )
    with counted_statements(server.database) as seen:
        await viewer.data(f"{{ {fields} }}")
    assert of_operation(seen) == BINDING + 2 + statements, seen
