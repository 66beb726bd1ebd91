from collections import Counter
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from api.demo.import_report import ImportReport
from api.demo.retail import RetailBatch, read
from api.events.contracts import IncomingEvent


@pytest.fixture(scope="module")
def whole() -> RetailBatch:
    return read()


@pytest.fixture(scope="module")
def events(whole: RetailBatch) -> list[IncomingEvent]:
    return list(whole)


def amount(event: IncomingEvent) -> int:
    lines = event.properties["lines"]
    assert isinstance(lines, list)
    return sum(line["quantity"] * line["unitAmount"] for line in lines)


PUBLISHED = {
    "rows": 320_705,
    "invoices": 16_459,
    "rows_without_customer": 88_652,
    "duplicates": 2_483,
    "cancellation_rows": 5_847,
    "adjustment_rows": 3,
    "zero_price_rows": 1_797,
    "negative_price_rows": 2,
    "clean_rows": 226_467,
    "clean_customers": 3_317,
    "clean_invoices": 11_413,
    "clean_pence": 523_924_056,
}
OWN = {
    "orders": 13_902,
    "cancellations": 2_554,
    "guest_orders": 2_487,
    "guest_cancellations": 127,
    "invoices_without_value": 1_408,
    "clean_pence_deduplicated": 522_748_019,
    "order_pence": 628_169_271,
    "cancellation_pence": -52_043_547,
}


@pytest.mark.parametrize(("count", "expected"), [*PUBLISHED.items(), *OWN.items()])
def test_the_shipped_file_has_exactly_this_count(whole: RetailBatch, count: str, expected: int) -> None:
    assert getattr(whole.report, count) == expected


def test_every_count_of_the_report_is_pinned() -> None:
    assert {field.name for field in fields(ImportReport)} == PUBLISHED.keys() | OWN.keys()


def test_the_events_are_what_the_report_counts(whole: RetailBatch, events: list[IncomingEvent]) -> None:
    names = Counter(event.name for event in events)
    assert names == {"order_completed": whole.report.orders, "order_cancelled": whole.report.cancellations}
    guests = Counter(event.name for event in events if event.customer is None)
    assert guests == {
        "order_completed": whole.report.guest_orders,
        "order_cancelled": whole.report.guest_cancellations,
    }
    pence: Counter[str] = Counter()
    for event in events:
        pence[event.name] += amount(event)
    assert pence == {
        "order_completed": whole.report.order_pence,
        "order_cancelled": whole.report.cancellation_pence,
    }


def test_events_come_in_time_order_with_an_id_each(events: list[IncomingEvent]) -> None:
    times = [event.occurred_at for event in events if event.occurred_at is not None]
    assert times == sorted(times)
    assert len({event.message_id for event in events}) == len(times) == len(events) == 16_456
    assert times[0] == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert times[-1] == datetime(2011, 8, 31, 16, 45, tzinfo=UTC)


def test_a_window_holds_the_same_events_as_the_whole(events: list[IncomingEvent]) -> None:
    cut = datetime(2011, 7, 31, 23, tzinfo=UTC)
    assert [*read(until=cut), *read(since=cut)] == events


def test_the_reports_of_adjacent_windows_add_up(whole: RetailBatch) -> None:
    cut = datetime(2011, 5, 10, 14, 5, tzinfo=UTC)
    before, after = read(until=cut).report, read(since=cut).report
    for field in fields(ImportReport):
        if field.name != "clean_customers":  # one customer may buy in both
            total = getattr(before, field.name) + getattr(after, field.name)
            assert total == getattr(whole.report, field.name), field.name


def test_orders_without_value_can_be_left_out(whole: RetailBatch) -> None:
    valued = read(include_without_value=False)
    assert len(valued) == len(whole) - 1_408
    assert valued.report == whole.report
