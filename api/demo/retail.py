"""Online Retail as events: invoices become orders, `C` invoices cancellations, `A` rows only a line of the report.

The file's times are local to Europe/London without a zone; an invoice stands at its earliest line. Unit prices become
pence, rounded half to even. Descriptions lose the blanks around them; a missing one is empty.
"""

import functools
import operator
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.demo.import_report import ImportReport, is_adjustment, is_without_value, report
from api.events.contracts import CustomerRef, IncomingEvent

DATA_FILE = Path(__file__).parent / "data" / "online_retail_2010-12_2011-08.parquet"
SOURCE = "online-retail"
CURRENCY = "GBP"
ZONE = ZoneInfo("Europe/London")

_COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
# Lines of one invoice are minutes apart; two days also cover the zone's offset, so no invoice is cut by the row filter.
_MARGIN = timedelta(days=2)
_BATCH = 1024
_PENCE = pa.scalar(100.0, pa.float64())


@dataclass(frozen=True, slots=True)
class RetailBatch:
    report: ImportReport
    _invoices: pa.Table

    def __len__(self) -> int:
        return self._invoices.num_rows

    def __iter__(self) -> Iterator[IncomingEvent]:
        """Time-ordered; invoices of one minute by number. Each call starts anew."""
        for start in range(0, len(self), _BATCH):
            rows = self._invoices.slice(start, _BATCH)
            columns = (rows[name].to_pylist() for name in _EVENT_COLUMNS)
            yield from map(_event, map(_Invoice, *columns))


def read(
    path: Path = DATA_FILE,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    include_without_value: bool = True,
) -> RetailBatch:
    """Read the invoices with `since <= time < until`; the report counts those alone.

    `include_without_value=False` leaves out the orders whose every price is 0; the report still counts them.
    """
    rows = _within(_rows(path, since, until), since, until)
    raw = _priced(rows)
    lines = _priced(rows.group_by(_COLUMNS, use_threads=False).aggregate([]))
    invoices = _invoices(lines)
    events = invoices.filter(pc.invert(is_adjustment(invoices["InvoiceNo"])))
    if not include_without_value:
        events = events.filter(pc.invert(is_without_value(events)))
    order = pc.sort_indices(events, sort_keys=[("InvoiceDate_min", "ascending"), ("InvoiceNo", "ascending")])
    return RetailBatch(report=report(raw, lines, invoices), _invoices=events.take(order))


def _rows(path: Path, since: datetime | None, until: datetime | None) -> pa.Table:
    bounds: list[pc.Expression] = []
    if since is not None:
        bounds.append(pc.field("InvoiceDate") >= pa.scalar(_naive(since) - _MARGIN))
    if until is not None:
        bounds.append(pc.field("InvoiceDate") < pa.scalar(_naive(until) + _MARGIN))
    rows = pq.read_table(path, columns=_COLUMNS, filters=functools.reduce(operator.and_, bounds) if bounds else None)
    # Nanoseconds would come out as a pandas type where pandas is installed.
    minutes = rows["InvoiceDate"].cast(pa.timestamp("us"))
    return rows.set_column(_COLUMNS.index("InvoiceDate"), "InvoiceDate", minutes)


def _priced(rows: pa.Table) -> pa.Table:
    """Adds the unit price in pence and the amount of the line."""
    pence = pc.round(pc.multiply(rows["UnitPrice"], _PENCE), round_mode="half_to_even").cast(pa.int64())
    return rows.append_column("pence", pence).append_column("amount", pc.multiply(rows["Quantity"], pence))


def _within(rows: pa.Table, since: datetime | None, until: datetime | None) -> pa.Table:
    if since is None and until is None:
        return rows
    times = rows.group_by("InvoiceNo").aggregate([("InvoiceDate", "min")])
    earliest = cast("list[datetime]", times["InvoiceDate_min"].to_pylist())
    kept = [
        number
        for number, local in zip(times["InvoiceNo"].to_pylist(), earliest, strict=True)
        if (since is None or _utc(local) >= since) and (until is None or _utc(local) < until)
    ]
    return rows.filter(pc.is_in(rows["InvoiceNo"], value_set=pa.array(kept, rows["InvoiceNo"].type)))


def _invoices(lines: pa.Table) -> pa.Table:
    """One row per invoice: its earliest time, its customer, its lines as parallel lists in the order of the file."""
    return lines.group_by("InvoiceNo", use_threads=False).aggregate(
        [
            ("InvoiceDate", "min"),
            ("CustomerID", "first"),
            ("Country", "first"),
            ("UnitPrice", "min"),
            ("UnitPrice", "max"),
            ("amount", "sum"),
            ("StockCode", "list"),
            ("Description", "list"),
            ("Quantity", "list"),
            ("pence", "list"),
        ]
    )


_EVENT_COLUMNS = (
    "InvoiceNo",
    "InvoiceDate_min",
    "CustomerID_first",
    "Country_first",
    "StockCode_list",
    "Description_list",
    "Quantity_list",
    "pence_list",
)


@dataclass(frozen=True, slots=True)
class _Invoice:
    number: str
    local: datetime
    customer: int | None
    country: str | None
    codes: list[str]
    descriptions: list[str | None]
    quantities: list[int]
    amounts: list[int]


def _event(invoice: _Invoice) -> IncomingEvent:
    customer = invoice.customer
    lines = [
        {"sku": code, "description": (description or "").strip(), "quantity": quantity, "unitAmount": amount}
        for code, description, quantity, amount in zip(
            invoice.codes, invoice.descriptions, invoice.quantities, invoice.amounts, strict=True
        )
    ]
    return IncomingEvent(
        message_id=f"invoice-{invoice.number}",
        name="order_cancelled" if invoice.number.startswith("C") else "order_completed",
        source=SOURCE,
        occurred_at=_utc(invoice.local),
        customer=None
        if customer is None
        else CustomerRef(str(customer), name=f"Customer {customer}", country=invoice.country),
        properties={"orderId": invoice.number, "currency": CURRENCY, "lines": lines},
    )


def _utc(local: datetime) -> datetime:
    return local.replace(tzinfo=ZONE).astimezone(UTC)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
