import hashlib
from collections import defaultdict
from datetime import UTC, datetime

import orjson
import pytest

from api.demo import saas
from api.events.contracts import IncomingEvent

FIRST = datetime(2025, 8, 31, 22, tzinfo=UTC)
END = datetime(2026, 8, 31, 22, tzinfo=UTC)
PRODUCT = {"login", "feature_used", "project_created", "report_exported", "file_uploaded", "seat_invited"}


@pytest.fixture(scope="module")
def events() -> tuple[IncomingEvent, ...]:
    return saas.read()


def digest(events: tuple[IncomingEvent, ...]) -> str:
    return hashlib.sha256(b"\n".join(orjson.dumps(event) for event in events)).hexdigest()


def moment(event: IncomingEvent) -> datetime:
    assert event.occurred_at is not None
    return event.occurred_at


def test_the_demo_is_the_same_bytes_everywhere(events: tuple[IncomingEvent, ...]) -> None:
    assert digest(events) == "9b4973d4a884db2f0cd965a6f0db030564ee051b7f75296e060216592d875a93"


def test_another_seed_gives_other_events(events: tuple[IncomingEvent, ...]) -> None:
    assert digest(saas.read(seed=1)) != digest(events)


def test_events_come_in_time_order_within_the_twelve_months(events: tuple[IncomingEvent, ...]) -> None:
    times = [moment(event) for event in events]
    assert times == sorted(times)
    assert times[0] >= FIRST
    assert times[-1] < END


def test_every_event_has_its_own_id_a_source_and_a_customer(events: tuple[IncomingEvent, ...]) -> None:
    assert len({event.message_id for event in events}) == len(events)
    assert {event.source for event in events} == {"saas-generator"}
    customers = {event.customer for event in events}
    assert None not in customers
    assert len(customers) == 320
    assert len({customer.name for customer in customers if customer}) == 320


def test_a_window_holds_the_same_events_as_the_whole(events: tuple[IncomingEvent, ...]) -> None:
    cut = datetime(2026, 7, 31, 22, tzinfo=UTC)
    assert (*saas.read(until=cut), *saas.read(since=cut)) == events


def test_there_are_about_forty_thousand_product_events(events: tuple[IncomingEvent, ...]) -> None:
    assert sum(event.name in PRODUCT for event in events) == pytest.approx(40_000, rel=0.03)


def test_a_refund_mirrors_its_order_later(events: tuple[IncomingEvent, ...]) -> None:
    orders = {event.properties["orderId"]: event for event in events if event.name == "order_completed"}
    refunds = [event for event in events if event.name == "order_cancelled"]
    assert len(refunds) > 3
    for refund in refunds:
        order = orders[str(refund.properties["orderId"]).removesuffix("-refund")]
        assert moment(order) < moment(refund)
        assert refund.properties["currency"] == order.properties["currency"] == "EUR"
        (paid,), (returned,) = line_items(order), line_items(refund)
        assert returned == {**paid, "quantity": -int(str(paid["quantity"]))}


def test_nothing_but_talk_and_refunds_comes_after_an_account_has_ended(events: tuple[IncomingEvent, ...]) -> None:
    ends = {each.account.customer.external_id: each.life.active_until for each in saas.known_truth()}
    late = {event.name for event in events if event.customer and moment(event) >= ends[event.customer.external_id]}
    assert late <= {"message_sent", "conversation_closed", "order_cancelled"}


def test_a_conversation_is_opened_talked_through_and_closed(events: tuple[IncomingEvent, ...]) -> None:
    threads: dict[object, list[IncomingEvent]] = defaultdict(list)
    for event in events:
        if "conversationId" in event.properties:
            threads[event.properties["conversationId"]].append(event)
    whole = [thread for thread in threads.values() if thread[-1].name == "conversation_closed"]
    assert len(threads) - len(whole) <= 3  # those still going on when the year ends
    for opened, *messages, closed in whole:
        assert opened.name == "conversation_opened"
        assert opened.properties["channel"] in {"chat", "email"}
        assert opened.properties["subject"]
        assert 2 <= len(messages) <= 8
        assert {message.name for message in messages} == {"message_sent"}
        assert [message.properties["author"] for message in messages] == (["customer", "agent"] * 4)[: len(messages)]
        assert all("{" not in str(message.properties["body"]) for message in messages)
        assert closed.properties.get("rating", 1) in {1, 2, 3, 4, 5}


def test_message_ids_of_conversations_are_unique(events: tuple[IncomingEvent, ...]) -> None:
    ids = [event.properties["messageId"] for event in events if event.name == "message_sent"]
    assert len(set(ids)) == len(ids)


def line_items(event: IncomingEvent) -> list[dict[str, object]]:
    lines = event.properties["lines"]
    assert isinstance(lines, list)
    return lines
