"""What the retail import read, by the written rule; every count is taken from the rows, none is typed in."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

_NO_UNITS = pa.scalar(0, pa.int64())
_NO_PRICE = pa.scalar(0.0, pa.float64())


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts over the invoices of the window that was read; amounts are pence.

    Counted on the rows as they stand in the file, duplicates included:

    - rows: all rows; invoices: distinct invoice numbers of any kind
    - rows_without_customer: the customer id is empty
    - duplicates: rows equal in all eight columns to an earlier row
    - cancellation_rows, adjustment_rows: the invoice number starts with `C`, with `A`
    - zero_price_rows, negative_price_rows: the unit price is 0, is below 0
    - clean_*: rows with a customer, not `C`, quantity > 0, price > 0 (the published figures of the data set)

    Counted after duplicates were dropped, as the events are:

    - orders, cancellations: invoices that start with neither `C` nor `A`, that start with `C`
    - guest_orders, guest_cancellations: those of them without a customer
    - invoices_without_value: orders whose every unit price is 0 (stock movements in the source)
    - clean_pence_deduplicated: as clean_pence
    - order_pence, cancellation_pence: sum over all lines of orders, of cancellations (negative)
    """

    rows: int
    invoices: int
    rows_without_customer: int
    duplicates: int
    cancellation_rows: int
    adjustment_rows: int
    zero_price_rows: int
    negative_price_rows: int
    clean_rows: int
    clean_customers: int
    clean_invoices: int
    clean_pence: int
    orders: int
    cancellations: int
    guest_orders: int
    guest_cancellations: int
    invoices_without_value: int
    clean_pence_deduplicated: int
    order_pence: int
    cancellation_pence: int


def report(raw: pa.Table, lines: pa.Table, invoices: pa.Table) -> ImportReport:
    """`raw` are the rows of the file, `lines` the distinct ones, `invoices` one row per invoice of `lines`."""
    clean = raw.filter(_clean(raw))
    orders = invoices.filter(is_order(invoices["InvoiceNo"]))
    cancellations = invoices.filter(is_cancellation(invoices["InvoiceNo"]))
    return ImportReport(
        rows=raw.num_rows,
        invoices=invoices.num_rows,
        rows_without_customer=raw["CustomerID"].null_count,
        duplicates=raw.num_rows - lines.num_rows,
        cancellation_rows=_true(is_cancellation(raw["InvoiceNo"])),
        adjustment_rows=_true(is_adjustment(raw["InvoiceNo"])),
        zero_price_rows=_true(pc.equal(raw["UnitPrice"], _NO_PRICE)),
        negative_price_rows=_true(pc.less(raw["UnitPrice"], _NO_PRICE)),
        clean_rows=clean.num_rows,
        clean_customers=_distinct(clean["CustomerID"]),
        clean_invoices=_distinct(clean["InvoiceNo"]),
        clean_pence=_sum(clean["amount"]),
        orders=orders.num_rows,
        cancellations=cancellations.num_rows,
        guest_orders=orders["CustomerID_first"].null_count,
        guest_cancellations=cancellations["CustomerID_first"].null_count,
        invoices_without_value=_true(is_without_value(orders)),
        clean_pence_deduplicated=_sum(lines.filter(_clean(lines))["amount"]),
        order_pence=_sum(orders["amount_sum"]),
        cancellation_pence=_sum(cancellations["amount_sum"]),
    )


def is_cancellation(numbers: Column) -> Column:
    return pc.starts_with(numbers, "C")


def is_adjustment(numbers: Column) -> Column:
    return pc.starts_with(numbers, "A")


def is_order(numbers: Column) -> Column:
    return pc.invert(pc.or_(is_cancellation(numbers), is_adjustment(numbers)))


def is_without_value(invoices: pa.Table) -> Column:
    return pc.and_(pc.equal(invoices["UnitPrice_min"], _NO_PRICE), pc.equal(invoices["UnitPrice_max"], _NO_PRICE))


def _clean(rows: pa.Table) -> Column:
    sold = pc.and_(pc.greater(rows["Quantity"], _NO_UNITS), pc.greater(rows["UnitPrice"], _NO_PRICE))
    named = pc.and_(pc.is_valid(rows["CustomerID"]), pc.invert(is_cancellation(rows["InvoiceNo"])))
    return pc.and_(sold, named)


def _true(mask: Column) -> int:
    return _sum(mask)


def _sum(values: Column) -> int:
    return int(pc.sum(values, min_count=0).as_py())


def _distinct(values: Column) -> int:
    return int(pc.count_distinct(values).as_py())
