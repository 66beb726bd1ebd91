"""Whoever pages while others write gets each row that stood there all the time exactly once, and no row twice."""

from datetime import timedelta
from typing import Final
from uuid import uuid4

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from api.events.contracts import CustomerRef, IncomingEvent
from api.events.service import Ingest
from models.database import Database
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, make_tenant

CUSTOMERS: Final = """
query Page($first: Int, $after: String, $last: Int, $before: String) {
  list: customers(first: $first, after: $after, last: $last, before: $before) {
    nodes { key: externalId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
EVENTS: Final = CUSTOMERS.replace("customers(", "events(").replace("externalId", "messageId")

# Few names and moments, so that many rows share one and the ids must break the ties.
rows = st.lists(st.tuples(st.sampled_from("aabcz"), st.integers(0, 3)), min_size=1, max_size=5)


@hypothesis_settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    begun=rows,
    later=st.lists(rows, max_size=4),
    size=st.integers(1, 3),
    backwards=st.booleans(),
    document=st.sampled_from([CUSTOMERS, EVENTS]),
)
async def test_every_row_comes_exactly_once_while_others_are_added(
    api: Api,
    database: Database,
    begun: list[tuple[str, int]],
    later: list[list[tuple[str, int]]],
    size: int,
    backwards: bool,
    document: str,
) -> None:
    tenant = await make_tenant(database, f"t{uuid4().hex}"[:20], "pagedcanary")
    viewer = await api.login(tenant.slug, "viewer")
    there = await _add(database, tenant, begun)
    waiting = list(later)
    added: set[str] = set()
    seen: list[str] = []
    turned: dict[str, object] = {"last": size} if backwards else {"first": size}
    while True:
        page = (await viewer.data(document, turned))["list"]
        seen += [node["key"] for node in page["nodes"]]
        info = page["pageInfo"]
        if not info["hasPreviousPage" if backwards else "hasNextPage"]:
            break
        turned |= {"before": info["startCursor"]} if backwards else {"after": info["endCursor"]}
        if waiting:
            added |= await _add(database, tenant, waiting.pop())
    assert len(seen) == len(set(seen))
    assert there <= set(seen) <= there | added


async def _add(database: Database, tenant: TestTenant, drawn: list[tuple[str, int]]) -> set[str]:
    """Each row is a customer with one event, both under one id."""
    made = {uuid4().hex: row for row in drawn}
    events = [
        IncomingEvent(
            key, "page_viewed", occurred_at=NOW - timedelta(hours=hours), customer=CustomerRef(key, name=name)
        )
        for key, (name, hours) in made.items()
    ]
    await Ingest(database, lambda _: None, clock).ingest(tenant.id, events, actor="test")
    return set(made)
