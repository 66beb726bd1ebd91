"""Ingest by the API: what becomes of each event, and that the stored sums are those of the orders."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text

from api.telemetry import INGEST_EVENTS
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant

INGEST: Final = """
mutation Ingest($input: EventsIngestInput!) {
  eventsIngest(input: $input) {
    verdicts { index messageId status code path message }
    userErrors { code field message }
  }
}
"""
Event = dict[str, Any]
Outcome = tuple[str, str | None, list[str] | None]
ACCEPTED: Final[Outcome] = ("ACCEPTED", None, None)
DUPLICATE: Final[Outcome] = ("DUPLICATE", None, None)
LINE: Final = {"sku": "a", "quantity": 2, "unitAmount": 150}


def event(message_id: str, name: str = "page_viewed", **given: Any) -> Event:
    return {"messageId": message_id, "name": name, "occurredAt": NOW.isoformat(), **given}


def order(message_id: str, *lines: Event, cancelled: bool = False, customer: str | None = "c1", **given: Any) -> Event:
    properties = {"orderId": message_id, "lines": list(lines or (LINE,)), **given}
    who = {} if customer is None else {"customer": {"externalId": customer}}
    return event(message_id, "order_cancelled" if cancelled else "order_completed", properties=properties, **who)


async def _payload(admin: Api, *events: Event) -> Event:
    payload: Event = (await admin.data(INGEST, {"input": {"events": list(events)}}))["eventsIngest"]
    return payload


async def ingest(admin: Api, *events: Event) -> list[Outcome]:
    payload = await _payload(admin, *events)
    assert payload["userErrors"] == []
    assert [verdict["index"] for verdict in payload["verdicts"]] == list(range(len(events)))
    assert [verdict["messageId"] for verdict in payload["verdicts"]] == [given["messageId"] for given in events]
    return [(verdict["status"], verdict["code"], verdict["path"]) for verdict in payload["verdicts"]]


def rejected(code: str, *path: str) -> Outcome:
    return "REJECTED", code, list(path)


async def test_a_message_is_accepted_once_per_source(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    assert await ingest(admin, event("1"), event("1"), event("2"), event("1", source="shop")) == [
        ACCEPTED, DUPLICATE, ACCEPTED, ACCEPTED,
    ]  # fmt: skip
    assert await ingest(admin, event("2"), event("3"), event("1", source="shop")) == [DUPLICATE, ACCEPTED, DUPLICATE]


async def test_two_batches_at_once_accept_each_message_once(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    batch = [order(f"o{number}") for number in range(20)]
    one, other = await asyncio.gather(ingest(admin, *batch), ingest(admin, *reversed(batch)))
    assert sorted([one, other]) == [[ACCEPTED] * 20, [DUPLICATE] * 20]


async def test_bad_events_are_rejected_with_code_and_path_and_the_good_ones_are_kept(
    api: Api, acme: TestTenant
) -> None:
    admin = await api.login("acme", "admin")
    late, early = (NOW + timedelta(hours=25)).isoformat(), "1969-12-31T23:59:59Z"
    talk = {"conversationId": "unknown"}
    huge = {"sku": "a", "quantity": 10**9, "unitAmount": 10**15}
    cases: dict[str, tuple[Event, Outcome]] = {
        "good": (event("good-1"), ACCEPTED),
        "no id": (event(" "), rejected("INVALID", "messageId")),
        "an id too long": (event("x" * 201), rejected("INVALID", "messageId")),
        "blanks without end": (event(" " * 9_000 + "x"), rejected("INVALID", "messageId")),
        "no name": (event("a1", name=""), rejected("INVALID", "name")),
        "no source": (event("a2", source=""), rejected("INVALID", "source")),
        "a NUL": (event("a\0"), rejected("INVALID", "messageId")),
        "a NUL inside": (event("a3", properties={"a": ["\0"]}), rejected("INVALID", "properties")),
        "no customer": (event("a4", customer={"externalId": ""}), rejected("INVALID", "customer", "externalId")),
        "a customer's empty name": (
            event("a5", customer={"externalId": "c", "name": ""}),
            rejected("INVALID", "customer", "name"),
        ),
        "from the future": (event("a6", occurredAt=late), rejected("IN_THE_FUTURE", "occurredAt")),
        "too old": (event("a7", occurredAt=early), rejected("TOO_OLD", "occurredAt")),
        "no zone": (event("a8", occurredAt="2026-03-18T12:00:00"), rejected("NO_TIME_ZONE", "occurredAt")),
        "another currency": (order("b1", currency="USD"), rejected("CURRENCY_MISMATCH", "properties", "currency")),
        "our currency": (order("b2", currency="GBP"), ACCEPTED),
        "no lines": (
            event("b3", "order_completed", properties={"orderId": "b3", "lines": []}),
            rejected("INVALID_PROPERTIES", "properties", "lines"),
        ),
        "no properties": (event("b4", "order_completed"), rejected("INVALID_PROPERTIES", "properties", "orderId")),
        "a line that is text": (
            order("b5", {**LINE, "quantity": "2"}),
            rejected("INVALID_PROPERTIES", "properties", "lines", "0", "quantity"),
        ),
        "a total beyond 64 bits": (order("b6", huge), rejected("INVALID_PROPERTIES", "properties", "lines")),
        "a cancellation that adds": (
            order("b7", cancelled=True),
            rejected("INVALID_PROPERTIES", "properties", "lines"),
        ),
        "an order again": (
            {**order("b2", currency="GBP"), "messageId": "b8"},
            rejected("ALREADY_EXISTS", "properties", "orderId"),
        ),
        "an unknown conversation": (
            event("d1", "conversation_closed", properties=talk),
            rejected("UNKNOWN_CONVERSATION", "properties", "conversationId"),
        ),
        "a conversation again": (
            event(
                "d2",
                "conversation_opened",
                source="api",
                properties={"conversationId": f"{acme.canary}-talk-0", "channel": "chat"},
            ),
            rejected("ALREADY_EXISTS", "properties", "conversationId"),
        ),
        "good again": (event("good-2"), ACCEPTED),
    }
    outcomes = await ingest(admin, *(given for given, _ in cases.values()))
    assert dict(zip(cases, outcomes, strict=True)) == {name: expected for name, (_, expected) in cases.items()}


async def test_odd_json_is_rejected_and_not_an_accident(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    nested: object = 1
    for _ in range(300):
        nested = [nested]
    assert await ingest(admin, event("deep", properties={"a": nested}), event("good")) == [
        rejected("INVALID", "properties"),
        ACCEPTED,
    ]
    literal = """mutation { eventsIngest(input: {events: [
        {messageId: "big", name: "x", properties: {a: 123456789012345678901234567890}}, {messageId: "fine", name: "x"}
    ]}) { verdicts { status code path } userErrors { code } } }"""
    verdicts = (await admin.data(literal))["eventsIngest"]["verdicts"]
    assert [verdict["status"] for verdict in verdicts] == ["REJECTED", "ACCEPTED"]


async def test_a_batch_has_1_to_500_events(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    for count in (0, 501):
        payload = await _payload(admin, *(event(f"m{number}") for number in range(count)))
        assert payload["verdicts"] == []
        assert payload["userErrors"] == [
            {"code": "BAD_USER_INPUT", "field": ["events"], "message": f"A batch has 1 to 500 events, not {count}."}
        ]
    assert await ingest(admin, *(event(f"m{number}") for number in range(500))) == [ACCEPTED] * 500


async def test_properties_that_are_no_object_reject_their_event_alone(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    wrong_ones: tuple[object, ...] = (1, "x", [], True)
    for index, wrong in enumerate(wrong_ones):
        outcomes = await ingest(admin, event(f"good {index}"), event(f"bad {index}", properties=wrong))
        assert outcomes == [ACCEPTED, rejected("INVALID", "properties")]


async def test_a_guests_order_counts_for_nobody(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    before = await customers(database, acme)
    assert await ingest(admin, order("guest", customer=None)) == [ACCEPTED]
    assert await customers(database, acme) == before
    found = "{ events(first: 1) { nodes { messageId customer { id } } } }"
    assert (await admin.data(found))["events"]["nodes"] == [{"messageId": "guest", "customer": None}]


async def test_orders_and_cancellations_move_the_customers_sums(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    back = {**LINE, "quantity": -1}
    await ingest(admin, order("o1"), order("o2", LINE, LINE), order("o3", back, cancelled=True))
    assert (await customers(database, acme))["c1"] == (300 + 600 - 150, 2, NOW)
    assert await recomputed(database, acme) == await customers(database, acme)


async def test_each_batch_leaves_one_audit_entry_with_its_counts(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    await ingest(admin, event("1"), event("1"), event(""))
    await _payload(admin)
    found = [entry for entry in await entries(database, acme) if entry.actor == "user:admin"]
    assert [(entry.action, entry.outcome, entry.details) for entry in found if entry.action != "session.login"] == [
        ("events.ingest", "done", {"ACCEPTED": 1, "DUPLICATE": 1, "REJECTED": 1})
    ]


async def test_verdicts_are_counted_once_they_are_committed(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")

    def counted() -> list[float]:
        names = ("ACCEPTED", "DUPLICATE", "REJECTED")
        return [INGEST_EVENTS.labels(name)._value.get() for name in names]

    before = counted()
    await ingest(admin, event("1"), event("2"), event("1"), event(""))
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [2, 1, 1]


async def customers(database: Database, tenant: TestTenant) -> dict[str, tuple[int, int, object]]:
    async with database.reading(tenant.id) as snapshot:
        rows = await snapshot.rows(text("SELECT external_id, total_spent, order_count, last_order_at FROM customer"))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def recomputed(database: Database, tenant: TestTenant) -> dict[str, tuple[int, int, object]]:
    """The same from the lines and orders themselves."""
    statement = text(
        """SELECT customer.external_id, coalesce(sum(spent), 0)::bigint, count(*) FILTER (WHERE kind = 'order'),
                  max(placed_at) FILTER (WHERE kind = 'order')
           FROM customer LEFT JOIN sales_order ON customer_id = customer.id LEFT JOIN LATERAL (
               SELECT sum(quantity * unit_amount) AS spent FROM order_line WHERE order_id = sales_order.id
           ) AS lines ON true GROUP BY customer.external_id"""
    )
    async with database.reading(tenant.id) as snapshot:
        return {row[0]: (row[1], row[2], row[3]) for row in await snapshot.rows(statement)}


async def test_an_id_that_was_rejected_in_the_same_batch_is_no_duplicate(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    lost = {"conversationId": "never opened", "messageId": "1", "author": "agent", "body": "?"}
    batch = [
        {"messageId": "same", "name": "message_sent", "properties": lost},
        {"messageId": "same", "name": "page_viewed"},
    ]
    mutation = """
    mutation($events: [EventInput!]!) { eventsIngest(input: {events: $events}) { verdicts { status code } } }
    """
    first = (await admin.data(mutation, {"events": batch}))["eventsIngest"]["verdicts"]
    assert first == [
        {"status": "REJECTED", "code": "UNKNOWN_CONVERSATION"},
        {"status": "REJECTED", "code": "REPEATED_IN_BATCH"},
    ]
    again = (await admin.data(mutation, {"events": batch[1:]}))["eventsIngest"]["verdicts"]
    assert again == [{"status": "ACCEPTED", "code": None}]
