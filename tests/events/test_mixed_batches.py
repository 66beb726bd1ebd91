"""Whatever is sent, in whatever batches and however often: the verdicts say exactly what the tables hold."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from api.events.contracts import CustomerRef, IncomingEvent, MalformedEvent, SentEvent, VerdictStatus
from api.events.payloads import malformed
from api.events.service import Ingest
from models.base import new_id
from models.database import Database
from tests.support import services
from tests.support.world import NOW, TestTenant, clock, make_tenant

Key = tuple[str, str]
ids = st.sampled_from([f"m{number}" for number in range(6)])
sources = st.sampled_from(["api", "shop"])
customers = st.none() | st.sampled_from(["c1", "c2"]).map(CustomerRef)
lines = [{"sku": "a", "quantity": 2, "unitAmount": 150}]


def _event(name: str, properties: dict[str, object]) -> st.SearchStrategy[SentEvent]:
    return st.builds(
        lambda key, source, customer, days: IncomingEvent(
            key, name, source, NOW - timedelta(days=days), customer, properties
        ),
        ids,
        sources,
        customers,
        st.integers(0, 40),
    )


def _malformed(key: str, source: str) -> MalformedEvent:
    given = {"messageId": key, "source": source, "properties": 3}
    return malformed(given, "INVALID", ("properties",), "properties must be an object.")


events = st.one_of(
    _event("page_viewed", {"page": "home"}),
    _event("", {}),
    _event("x", {"a": "\0"}),
    *(_event("order_completed", {"orderId": f"o{number}", "lines": lines}) for number in range(2)),
    _event("order_completed", {"orderId": "o9", "currency": "XXX", "lines": lines}),
    _event("conversation_opened", {"conversationId": "t", "channel": "chat"}),
    _event("message_sent", {"conversationId": "t", "messageId": "1", "author": "agent", "body": "hello"}),
    st.builds(_malformed, ids, sources),
)
histories = st.lists(st.lists(events, min_size=1, max_size=8), min_size=1, max_size=4)


@dataclass(frozen=True, slots=True)
class Told:
    """What the verdicts of a history say that there is."""

    accepted: dict[Key, SentEvent]
    waiting: dict[Key, SentEvent]


async def tell(database: Database, tenant: TestTenant, history: list[list[SentEvent]]) -> Told:
    told = Told({}, {})
    ingest = Ingest(database, lambda _: None, clock)
    for batch in history:
        verdicts = await ingest.ingest(tenant.id, batch, actor="test")
        assert [verdict.index for verdict in verdicts] == list(range(len(batch)))
        taken_in = set()
        for event, verdict in zip(batch, verdicts, strict=True):
            key = event.source, event.message_id
            if verdict.status is VerdictStatus.ACCEPTED:
                assert key not in told.accepted
                told.accepted[key] = event
            if verdict.status is VerdictStatus.DUPLICATE:
                assert key in told.accepted
            if verdict.status is VerdictStatus.REJECTED:
                told.waiting[key] = event
            else:
                taken_in.add(key)
        for key in taken_in:
            told.waiting.pop(key, None)
    return told


async def check(database: Database, history: list[list[SentEvent]]) -> None:
    tenant = await make_tenant(database, f"t-{new_id().hex[-12:]}", "canary")
    told = await tell(database, tenant, history)
    async with database.unit_of_work(tenant.id) as session:

        async def rows(statement: str) -> list[tuple[object, ...]]:
            return [tuple(row) for row in await session.execute(text(statement))]

        stored = await rows("SELECT source, message_id, name FROM event")
        orders = await rows("SELECT source, external_id FROM sales_order")
        letters = await rows("SELECT origin, reference FROM dead_letter WHERE state = 'waiting'")
        spent = await rows("SELECT coalesce(sum(total_spent), 0)::bigint, coalesce(sum(order_count), 0) FROM customer")
        audit = await rows("SELECT details FROM audit_entry WHERE action = 'events.ingest' ORDER BY id")
        told_metrics = await rows("SELECT payload FROM outbox_message WHERE topic = 'customer_metrics'")
    accepted = [(event, key) for key, event in told.accepted.items() if isinstance(event, IncomingEvent)]
    assert sorted(stored, key=str) == sorted(((*key, event.name) for event, key in accepted), key=str)
    bought = [event for event, _ in accepted if event.name == "order_completed"]
    assert sorted(orders, key=str) == sorted(((event.source, event.properties["orderId"]) for event in bought), key=str)
    of_customers = [event for event in bought if event.customer is not None]
    assert spent == [(300 * len(of_customers), len(of_customers))]
    assert sorted(letters, key=str) == sorted(told.waiting, key=str)
    assert len(audit) == len(history)
    assert sum(count for [details] in audit for count in details.values()) == sum(map(len, history))  # type: ignore[attr-defined]
    changes = [change for [payload] in told_metrics for change in payload["changes"]]  # type: ignore[index]
    assert sum(amount for metric, _, amount in changes if metric == "events") == len(accepted)
    assert sum(amount for metric, _, amount in changes if metric == "revenue") == 300 * len(bought)


def in_a_loop(database_name: str, work: Callable[[Database], Awaitable[None]]) -> None:
    """Each example has a loop of its own, and so a pool of its own."""

    async def run() -> None:
        database = Database.connect(services.application_url(database_name), pool_size=2)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=histories)
def test_verdicts_say_what_the_tables_hold(examples_database: str, history: list[list[SentEvent]]) -> None:
    in_a_loop(examples_database, lambda database: check(database, history))
