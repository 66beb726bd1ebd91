"""Rows of order lines become orders and cancellations."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from api.events.contracts import IncomingEvent
from api.imports.contracts import StagedRow
from api.imports.mapping import Binding
from api.imports.records.record import (
    Built,
    RefusedError,
    Step,
    check_length,
    customer_of,
    read,
    read_required,
    read_required_moment,
    refused,
)
from api.imports.values import in_minor_units, number, whole

CANCELLED: Final = frozenset(
    {"cancelled", "canceled", "cancellation", "cancel", "refund", "refunded", "return", "returned", "credit"}
)


@dataclass(frozen=True, slots=True)
class Line:
    """`price` as it stands in the file; `repeated` lines equal an earlier one cell by cell."""

    number: int
    sku: str
    description: str
    quantity: int
    price: Decimal
    unit_amount: int
    named: bool
    repeated: bool

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_amount

    def to_json(self) -> dict[str, object]:
        return {
            "sku": self.sku,
            "description": self.description,
            "quantity": self.quantity,
            "unitAmount": self.unit_amount,
        }


def build(binding: Binding, key: str, rows: Sequence[StagedRow]) -> Built:
    """One order. Adjustments are left out, and lines that repeat another one count once, where the rules say so."""
    facts: Counter[str] = Counter(rows=len(rows), records=1)
    rules = binding.mapping.rules
    try:
        for row in rows:
            check_length(binding, row)
        if rules.ignored_prefix and key.startswith(rules.ignored_prefix):
            return _ignored(binding, key, rows, facts)
        return _order(binding, key, rows, facts)
    except RefusedError as error:
        return refused(key, rows, error.fault, {"rows": len(rows), "records": 1})


def _ignored(binding: Binding, key: str, rows: Sequence[StagedRow], facts: Counter[str]) -> Built:
    lines = _lines(binding, rows)
    facts.update(adjustment_rows=len(rows))
    facts.update(_of_rows(lines))
    return Built(key, skipped=tuple(row.number for row in rows), facts=facts)


def _order(binding: Binding, key: str, rows: Sequence[StagedRow], facts: Counter[str]) -> Built:
    customer = customer_of(binding, rows)
    placed_at = min(read_required_moment(binding, row, "placed_at") for row in rows)
    lines = _lines(binding, rows)
    kept = [line for line in lines if not line.repeated]
    cancelled = _is_cancelled(binding, key, rows)
    facts.update(_of_rows(lines))
    facts.update(_of_order(lines, kept, cancelled=cancelled, named=customer is not None))
    currency = binding.cell("currency", rows[0].cells)
    prefix = binding.mapping.rules.message_id_prefix
    event = IncomingEvent(
        message_id=f"{'order-' if prefix is None else prefix}{key}",
        name="order_cancelled" if cancelled else "order_completed",
        source=binding.source,
        occurred_at=placed_at,
        customer=customer,
        properties={
            "orderId": key,
            **({"currency": currency} if currency else {}),
            "lines": [line.to_json() for line in kept],
        },
    )
    numbers = tuple(line.number for line in kept)
    return Built(
        key,
        steps=(Step(event, numbers, numbers),),
        skipped=tuple(line.number for line in lines if line.repeated),
        facts=facts,
        customer=customer.external_id if customer is not None and facts["clean_rows"] else None,
    )


def _lines(binding: Binding, rows: Sequence[StagedRow]) -> list[Line]:
    seen: set[tuple[object, ...]] = set()
    found = []
    for row in rows:
        found.append(_line(binding, row, repeated=binding.mapping.rules.drop_duplicates and row.cells in seen))
        seen.add(row.cells)
    return found


def _line(binding: Binding, row: StagedRow, *, repeated: bool) -> Line:
    comma, rounding = binding.mapping.decimal_comma, binding.mapping.rounding is not None

    def price_of(given: str) -> tuple[Decimal, int]:
        price = number(given, decimal_comma=comma)
        return price, in_minor_units(price, rounding=rounding)

    quantity = read(binding, row, "quantity", lambda given: whole(given, decimal_comma=comma))
    price, unit_amount = read_required(binding, row, "unit_price", price_of)
    return Line(
        row.number,
        read_required(binding, row, "sku", str),
        binding.cell("description", row.cells),
        1 if quantity is None else quantity,
        price,
        unit_amount,
        named=bool(binding.cell("customer_id", row.cells)),
        repeated=repeated,
    )


def _is_cancelled(binding: Binding, key: str, rows: Sequence[StagedRow]) -> bool:
    prefix = binding.mapping.rules.cancellation_prefix
    if prefix is not None:
        return key.startswith(prefix)
    return any(binding.cell("status", row.cells).lower() in CANCELLED for row in rows)


def _of_rows(lines: Sequence[Line]) -> dict[str, int]:
    """Counted on the rows as they stand in the file, repeats included."""
    return {
        "rows_without_customer": sum(not line.named for line in lines),
        "zero_price_rows": sum(line.price == 0 for line in lines),
        "negative_price_rows": sum(line.price < 0 for line in lines),
    }


def _of_order(lines: Sequence[Line], kept: Sequence[Line], *, cancelled: bool, named: bool) -> dict[str, int]:
    """Clean rows name a customer, are no cancellation, and have a quantity and a price above zero."""
    clean = [line for line in lines if line.named and not cancelled and line.quantity > 0 and line.price > 0]
    kind = "cancellation" if cancelled else "order"
    return {
        "duplicate_rows": len(lines) - len(kept),
        "cancellation_rows": len(lines) if cancelled else 0,
        "clean_rows": len(clean),
        "clean_orders": int(bool(clean)),
        "clean_amount": sum(line.amount for line in clean),
        "clean_amount_without_duplicates": sum(line.amount for line in clean if not line.repeated),
        f"{kind}s": 1,
        f"{kind}_amount": sum(line.amount for line in kept),
        f"guest_{kind}s": int(not named),
        "orders_without_value": int(not cancelled and all(line.price == 0 for line in kept)),
    }
