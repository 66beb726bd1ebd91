"""Whatever comes in, in whatever batches: the sums stored with the customers are those of the orders' lines."""

from typing import Final
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.events.contracts import CustomerRef, IncomingEvent
from api.events.service import Ingest
from models.database import Database
from tests.api.test_events import customers, recomputed
from tests.support.world import NOW, clock, make_tenant

Drawn = tuple[int, str, int | None, int, list[tuple[int, int]]]
LINES: Final = st.lists(st.tuples(st.integers(-3, 5), st.integers(0, 10**6)), min_size=1, max_size=3)
EVENTS: Final = st.tuples(
    st.integers(0, 12),
    st.sampled_from(["order_completed", "order_cancelled", "page_viewed"]),
    st.none() | st.integers(0, 2),
    st.integers(0, 10_000),
    LINES,
)
BATCHES: Final = st.lists(st.lists(EVENTS, max_size=8), min_size=1, max_size=4)


def _event(drawn: Drawn) -> IncomingEvent:
    number, name, customer, seconds, lines = drawn
    return IncomingEvent(
        message_id=f"m{number}",
        name=name,
        occurred_at=NOW.fromtimestamp(NOW.timestamp() - seconds, NOW.tzinfo),
        customer=None if customer is None else CustomerRef(f"c{customer}"),
        properties={
            "orderId": f"o{number}",
            "lines": [{"sku": "a", "quantity": quantity, "unitAmount": amount} for quantity, amount in lines],
        },
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BATCHES)
async def test_the_stored_sums_are_those_of_the_orders(database: Database, batches: list[list[Drawn]]) -> None:
    tenant = await make_tenant(database, f"a{uuid4().hex}", "canary")
    ingest = Ingest(database, lambda _: None, clock)
    for batch in batches:
        await ingest.ingest(tenant.id, [_event(drawn) for drawn in batch], actor="test")
    assert await customers(database, tenant) == await recomputed(database, tenant)
