from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.demo.retail import RetailBatch, read
from api.events.contracts import CustomerRef

NOON = datetime(2011, 1, 10, 12, 0)  # noqa: DTZ001 (the file's times have no zone)


@dataclass(frozen=True)
class Line:
    number: str = "1"
    code: str = "A1"
    description: str | None = "MUG"
    quantity: int = 2
    time: datetime = NOON
    price: float = 1.25
    customer: int | None = 17850
    country: str = "France"


Import = Callable[..., RetailBatch]


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    def write_and_read(*lines: Line, since: datetime | None = None, until: datetime | None = None) -> RetailBatch:
        columns = {
            "InvoiceNo": pa.array([line.number for line in lines], pa.large_string()),
            "StockCode": pa.array([line.code for line in lines], pa.large_string()),
            "Description": pa.array([line.description for line in lines], pa.large_string()),
            "Quantity": pa.array([line.quantity for line in lines], pa.int64()),
            "InvoiceDate": pa.array([line.time for line in lines], pa.timestamp("ns")),
            "UnitPrice": pa.array([line.price for line in lines], pa.float64()),
            "CustomerID": pa.array([line.customer for line in lines], pa.int64()),
            "Country": pa.array([line.country for line in lines], pa.large_string()),
        }
        path = tmp_path / "lines.parquet"
        pq.write_table(pa.table(columns), path)
        return read(path, since=since, until=until)

    return write_and_read


def test_an_invoice_becomes_one_order_with_its_lines_in_order(imported: Import) -> None:
    (event,) = imported(Line(), Line(code="B2", description=" PLATE  ", quantity=1, price=10.0))
    assert event.message_id == "invoice-1"
    assert event.name == "order_completed"
    assert event.source == "online-retail"
    assert event.occurred_at == datetime(2011, 1, 10, 12, tzinfo=UTC)
    assert event.customer == CustomerRef("17850", name="Customer 17850", country="France")
    assert event.properties == {
        "orderId": "1",
        "currency": "GBP",
        "lines": [
            {"sku": "A1", "description": "MUG", "quantity": 2, "unitAmount": 125},
            {"sku": "B2", "description": "PLATE", "quantity": 1, "unitAmount": 1000},
        ],
    }


def test_lines_without_customer_are_a_guest_order(imported: Import) -> None:
    batch = imported(Line(customer=None))
    (event,) = batch
    assert (event.name, event.customer) == ("order_completed", None)
    assert (batch.report.guest_orders, batch.report.order_pence, batch.report.clean_rows) == (1, 250, 0)


def test_a_cancellation_is_a_negative_order_on_its_own_date(imported: Import) -> None:
    later = NOON.replace(day=12)
    batch = imported(Line(number="C2", quantity=-2, time=later), Line())
    order, cancellation = batch
    assert order.name == "order_completed"
    assert cancellation.name == "order_cancelled"
    assert cancellation.occurred_at == datetime(2011, 1, 12, 12, tzinfo=UTC)
    assert cancellation.properties["orderId"] == "C2"
    assert batch.report.cancellation_pence == -250


def test_an_exact_duplicate_counts_once_and_a_near_one_twice(imported: Import) -> None:
    batch = imported(Line(), Line(), Line(quantity=3), Line(number="2"))
    first, second = batch
    assert [line["quantity"] for line in lines_of(first.properties)] == [2, 3]
    assert len(lines_of(second.properties)) == 1
    assert batch.report.duplicates == 1
    assert (batch.report.clean_pence, batch.report.clean_pence_deduplicated) == (1_125, 875)


def test_duplicates_without_customer_and_description_count_once_too(imported: Import) -> None:
    batch = imported(*[Line(customer=None, description=None, price=0.0)] * 2)
    (event,) = batch
    assert lines_of(event.properties) == [{"sku": "A1", "description": "", "quantity": 2, "unitAmount": 0}]
    assert (batch.report.duplicates, batch.report.invoices_without_value) == (1, 1)


def test_an_adjustment_is_counted_and_sent_nowhere(imported: Import) -> None:
    batch = imported(Line(number="A9", price=-11062.06), Line())
    assert [event.message_id for event in batch] == ["invoice-1"]
    assert (batch.report.adjustment_rows, batch.report.negative_price_rows) == (1, 1)
    assert (batch.report.orders, batch.report.order_pence, batch.report.invoices) == (1, 250, 2)


@pytest.mark.parametrize(
    "line",
    [Line(quantity=-2), Line(quantity=0), Line(price=0.0), Line(price=-1.0), Line(customer=None), Line(number="C1")],
)
def test_a_row_is_clean_with_customer_quantity_and_price_and_no_cancellation(imported: Import, line: Line) -> None:
    report = imported(line, Line(number="2")).report
    assert (report.clean_rows, report.clean_invoices, report.clean_pence) == (1, 1, 250)


def test_only_orders_whose_every_price_is_zero_are_without_value(imported: Import) -> None:
    free = Line(price=0.0)
    mixed = Line(number="2", price=0.0), Line(number="2", code="B2")
    others = Line(number="C3", price=0.0), Line(number="A4", price=0.0)
    assert imported(free, *mixed, *others).report.invoices_without_value == 1


def test_an_invoice_stands_at_its_earliest_line(imported: Import) -> None:
    (event,) = imported(Line(time=NOON.replace(minute=1)), Line(code="B2"))
    assert event.occurred_at == datetime(2011, 1, 10, 12, tzinfo=UTC)


def test_an_invoice_that_straddles_the_cut_is_whole_on_one_side(imported: Import) -> None:
    lines = (Line(time=NOON.replace(minute=1)), Line(code="B2"))
    cut = datetime(2011, 1, 10, 12, 1, tzinfo=UTC)
    assert len(imported(*lines, since=cut)) == 0
    (event,) = imported(*lines, until=cut)
    assert len(lines_of(event.properties)) == 2


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ((2011, 3, 27, 0, 59), (2011, 3, 27, 0, 59)),
        ((2011, 3, 27, 2, 0), (2011, 3, 27, 1, 0)),
        ((2011, 8, 1, 0, 0), (2011, 7, 31, 23, 0)),
        ((2011, 10, 30, 0, 59), (2011, 10, 29, 23, 59)),
        ((2011, 10, 30, 2, 0), (2011, 10, 30, 2, 0)),
    ],
)
def test_local_times_follow_british_summer_time(
    imported: Import, local: tuple[int, int, int, int, int], instant: tuple[int, int, int, int, int]
) -> None:
    (event,) = imported(Line(time=datetime(*local)))  # noqa: DTZ001 (the file's times have no zone)
    assert event.occurred_at == datetime(*instant, tzinfo=UTC)


@pytest.mark.parametrize(("price", "pence"), [(1.15, 115), (0.29, 29), (0.001, 0), (0.125, 12), (0.375, 38), (-0.0, 0)])
def test_prices_become_pence_rounded_half_to_even(imported: Import, price: float, pence: int) -> None:
    (event,) = imported(Line(price=price))
    assert [line["unitAmount"] for line in lines_of(event.properties)] == [pence]


def lines_of(properties: object) -> list[dict[str, object]]:
    assert isinstance(properties, dict)
    lines = properties["lines"]
    assert isinstance(lines, list)
    return lines
