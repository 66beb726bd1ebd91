"""Undoing an import leaves the tenant as it was; what somebody has touched since stays, and is reported."""

import asyncio
import csv
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from api.errors import ConflictError
from api.events.contracts import CustomerRef, IncomingEvent
from api.imports.contracts import Kind
from api.imports.mapping import to_json
from api.imports.service import inspect
from models.base import new_id
from models.database import Database
from tests.imports.support import imports, run_import, undo, write_csv
from tests.support import services
from tests.support.world import NOW, TestTenant, ingest, make_tenant, order, settle

ORDERS = """order_id,date,customer,name,sku,quantity,price
1,2026-03-10T10:00:00Z,acmecanary-c0,Renamed,a,2,1.50
2,2026-03-11T10:00:00Z,newcomer,New Comer,b,1,9.99
"""
CUSTOMERS = "SELECT external_id, name, total_spent, order_count, last_order_at, first_seen_at FROM customer ORDER BY 1"
SNAPSHOT = {
    "customer": "external_id, external_key, name, name_key, email, country, first_seen_at, total_spent, order_count, "
    "last_order_at",
    "event": "source, message_id, name, customer_id, occurred_at, properties",
    "sales_order": "source, external_id, kind, placed_at, total",
    "order_line": "number, sku, description, quantity, unit_amount, total",
    "conversation": "source, external_id, channel, subject, opened_at, closed_at, rating, rated_at",
    "message": "external_id, author, sent_at, body",
    "conversation_response": "asked_at, replied_at",
    "customer_session": "customer_id, started_at, ended_at, events",
    "journey_spell": "customer_id, stage, entered_at, left_at, next_stage",
}
BUCKETS = "SELECT metric, bucket, start, value FROM metric_bucket WHERE value <> 0"
RECOMPUTED = """
SELECT 'events', date_trunc('minute', occurred_at), count(*) FROM event GROUP BY 2
UNION ALL SELECT 'orders', date_trunc('minute', placed_at), count(*) FROM sales_order WHERE kind = 'order' GROUP BY 2
UNION ALL SELECT 'conversations', date_trunc('minute', opened_at), count(*) FROM conversation GROUP BY 2
UNION ALL SELECT 'revenue', date_trunc('minute', placed_at), sum(total)::bigint FROM sales_order GROUP BY 2
  HAVING sum(total) <> 0
"""


async def rows(database: Database, tenant: TestTenant, statement: str) -> list[tuple[Any, ...]]:
    async with database.unit_of_work(tenant.id) as session:
        return [tuple(row) for row in await session.execute(text(statement))]


async def state(database: Database, tenant: TestTenant) -> dict[str, list[str]]:
    """Every row of what people see, of what consumers keep, and the sums of the metrics."""
    found = {
        name: sorted(map(repr, await rows(database, tenant, f"SELECT {columns} FROM {name}")))
        for name, columns in SNAPSHOT.items()
    }
    return {**found, "buckets": sorted(map(repr, await rows(database, tenant, BUCKETS)))}


async def test_what_an_import_made_is_gone_and_what_it_changed_is_as_before(
    database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    before = await state(database, acme)
    record = await run_import(database, acme, write_csv(tmp_path / "o.csv", ORDERS), Kind.ORDERS)
    await settle(database, acme.id)
    assert (record.created, record.failed) == (2, 0)
    assert await state(database, acme) != before
    done = await undo(database, acme, record)
    await settle(database, acme.id)
    assert done.state == "undone"
    undone = {name: value for name, value in done.report.items() if name.startswith("undone")}
    assert undone == {"undone_events": 2, "undone_orders": 2, "undone_customers": 1, "undone_customers_restored": 1}
    assert await state(database, acme) == before


async def test_a_new_customer_with_events_of_its_own_stays_and_is_reported(
    database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    record = await run_import(database, acme, write_csv(tmp_path / "o.csv", ORDERS), Kind.ORDERS)
    later = IncomingEvent("visit", "page_viewed", occurred_at=NOW, customer=CustomerRef("newcomer"))
    await ingest(database, acme, later)
    done = await undo(database, acme, record)
    assert done.report["undone_customers_kept"] == 1
    [kept] = [row for row in await rows(database, acme, CUSTOMERS) if row[0] == "newcomer"]
    assert kept == ("newcomer", "New Comer", 0, 0, None, NOW)


async def test_what_was_changed_since_is_left_alone(database: Database, acme: TestTenant, tmp_path: Path) -> None:
    record = await run_import(database, acme, write_csv(tmp_path / "o.csv", ORDERS), Kind.ORDERS)
    renamed = CustomerRef("acmecanary-c0", name="Renamed again")
    await ingest(database, acme, IncomingEvent("rename", "page_viewed", occurred_at=NOW, customer=renamed))
    await undo(database, acme, record)
    [found] = [row for row in await rows(database, acme, CUSTOMERS) if row[0] == "acmecanary-c0"]
    assert found[1] == "Renamed again"


async def test_a_conversation_that_went_on_stays(database: Database, acme: TestTenant, tmp_path: Path) -> None:
    text_of = "conversation_id,channel,sent_at,author,body\nt1,mail,2026-03-10T10:00:00Z,customer,Hello\n"
    path = write_csv(tmp_path / "t.csv", text_of)
    record = await run_import(database, acme, path, Kind.CONVERSATIONS)
    assert record.created == 1
    answer = {"conversationId": "t1", "messageId": "9", "author": "agent", "body": "Yes?"}
    await ingest(database, acme, IncomingEvent("a", "message_sent", "import:t.csv", NOW, None, answer))
    done = await undo(database, acme, record)
    assert done.report["undone_conversations_kept"] == 1
    talks = await rows(database, acme, "SELECT external_id FROM conversation WHERE external_id = 't1'")
    said = await rows(database, acme, "SELECT body FROM message WHERE body IN ('Hello', 'Yes?')")
    assert (talks, said) == ([("t1",)], [("Yes?",)])


async def test_the_later_of_two_imports_is_undone_first(database: Database, acme: TestTenant, tmp_path: Path) -> None:
    first = await run_import(database, acme, write_csv(tmp_path / "one.csv", ORDERS), Kind.ORDERS)
    other = ORDERS.replace("New Comer", "Somebody Else")
    second = await run_import(database, acme, write_csv(tmp_path / "two.csv", other), Kind.ORDERS)
    with pytest.raises(ConflictError, match=r"two\.csv"):
        await imports(database).undo(acme.id, first.id, actor="user:admin")
    await undo(database, acme, second)
    assert (await undo(database, acme, first)).state == "undone"
    with pytest.raises(ConflictError, match="nothing to undo"):
        await imports(database).undo(acme.id, first.id, actor="user:admin")


IDS = st.sampled_from(["k1", "k2", "k3", "acmecanary-c0", "acmecanary-c1"])
MINUTES = st.integers(0, 5_000)
CELL = st.sampled_from(["", "x", "y"])


def _time(minute: int) -> str:
    return (NOW - timedelta(minutes=minute)).isoformat()


ORDER_ROW = st.tuples(
    st.sampled_from(["1", "2", "3", "C4", "C5"]), MINUTES.map(_time), IDS, CELL, st.just("sku"),
    st.integers(-3, 3).map(str), st.sampled_from(["0", "1.25", "7"]),
)  # fmt: skip
EVENT_ROW = st.tuples(st.sampled_from(["seen", "bought"]), MINUTES.map(_time), IDS, CELL)
CUSTOMER_ROW = st.tuples(IDS, CELL, CELL, CELL, MINUTES.map(_time))
TALK_ROW = st.tuples(
    st.sampled_from(["t1", "t2", "acmecanary-talk-0"]), IDS, st.just("mail"), MINUTES.map(_time),
    st.sampled_from(["customer", "agent"]), st.sampled_from(["", "hello", "bye"]), MINUTES.map(_time),
    st.sampled_from(["", "1", "5", "9"]),
)  # fmt: skip
HEADERS = {
    Kind.ORDERS: ("order_id", "date", "customer_id", "customer_name", "sku", "quantity", "price"),
    Kind.EVENTS: ("event_name", "occurred_at", "customer_id", "customer_country"),
    Kind.CUSTOMERS: ("customer_id", "name", "email", "country", "first_seen_at"),
    Kind.CONVERSATIONS: (
        "conversation_id", "customer_id", "channel", "sent_at", "author", "body", "opened_at", "rating"
    ),
}  # fmt: skip
ROWS = {
    Kind.ORDERS: ORDER_ROW,
    Kind.EVENTS: EVENT_ROW,
    Kind.CUSTOMERS: CUSTOMER_ROW,
    Kind.CONVERSATIONS: TALK_ROW,
}
FILES = st.sampled_from(list(Kind)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(ROWS[kind], min_size=1, max_size=12))
)


def _csv(kind: Kind, lines: list[tuple[str, ...]]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerows([HEADERS[kind], *lines])
    return buffer.getvalue()


async def _scenario(name: str, folder: Path, files: list[tuple[Kind, list[tuple[str, ...]]]]) -> None:
    """Imports one after the other over what is there, then undone backwards: each step back is the state before it."""
    database = Database.connect(services.application_url(name), pool_size=2)
    try:
        tenant = await make_tenant(database, f"t-{new_id().hex[-12:]}", "acmecanary")
        await ingest(database, tenant, order(tenant, 1, customer=0, amount=100, at=NOW - timedelta(days=1)))
        done = []
        for number, (kind, lines) in enumerate(files):
            before = await state(database, tenant)
            mapping = {"rules": {"cancellationPrefix": "C"}} if kind is Kind.ORDERS else None
            path = write_csv(folder / f"{number}.csv", _csv(kind, lines))
            record = await run_import(database, tenant, path, kind, _mapping(kind, path, mapping))
            await settle(database, tenant.id)
            assert record.created + record.updated + record.skipped + record.failed == len(lines)
            done.append((record, before))
        for record, before in reversed(done):
            changed = await rows(database, tenant, f"SELECT 1 FROM import_change WHERE import_id = '{record.id}'")
            if changed:
                await undo(database, tenant, record)
                await settle(database, tenant.id)
            assert await state(database, tenant) == before
            minutes = "SELECT metric, start, value FROM metric_bucket WHERE bucket = 'minute' AND value <> 0"
            assert sorted(await rows(database, tenant, minutes)) == sorted(await rows(database, tenant, RECOMPUTED))
    finally:
        await database.close()


def _mapping(kind: Kind, path: Path, extra: dict[str, Any] | None) -> dict[str, Any] | None:
    if extra is None:
        return None
    _, guessed = inspect(path, kind)
    return {**to_json(guessed.mapping), **extra}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(FILES, min_size=1, max_size=3))
def test_any_imports_undone_backwards_leave_every_state_as_it_was(
    database_name: str, tmp_path: Path, files: list[tuple[Kind, list[tuple[str, ...]]]]
) -> None:
    asyncio.run(_scenario(database_name, tmp_path, files))
