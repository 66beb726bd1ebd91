"""What the rows of one record become, before the database is asked anything. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, TypeVar

import orjson

from api.events.contracts import CustomerRef, IncomingEvent
from api.imports.contracts import RowFault, StagedRow
from api.imports.mapping import Binding
from api.imports.values import CellError, moment

T = TypeVar("T")
MAXIMUM_ROWS: Final = 5_000
"""Of one record: what an order may have lines."""
TRAITS: Final = {"customer_name": "name", "customer_email": "email", "customer_country": "country"}


@dataclass(frozen=True, slots=True)
class Step:
    """An event, the rows that its verdict holds for, and the field that a faulty part of the event came from.

    `lines` are the rows of an order's lines, in their order.
    """

    event: IncomingEvent
    rows: tuple[int, ...]
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A customer's row; `at` is when it was first seen, when the row says so."""

    ref: CustomerRef
    at: datetime | None
    row: int


@dataclass(frozen=True, slots=True)
class Built:
    """`skipped` are rows that stand for nothing, by the rule that says so; with `faults` nothing of it is imported.

    `facts` add up over the records to the import's report; `customer` is the one that its sold lines name.
    """

    key: str
    steps: tuple[Step, ...] = ()
    people: tuple[Person, ...] = ()
    skipped: tuple[int, ...] = ()
    faults: tuple[RowFault, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)
    customer: str | None = None


class RefusedError(Exception):
    """One row's fault, which refuses the whole record."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def refused(key: str, rows: Sequence[StagedRow], fault: RowFault, facts: Mapping[str, int]) -> Built:
    """The faulty row says why; the record's other rows say that it was refused with them."""
    others = f"Row {fault.number} of the same record was refused."
    faults = [
        fault if row.number == fault.number else RowFault(row.number, "REFUSED_WITH_RECORD", others) for row in rows
    ]
    return Built(key, faults=tuple(faults), facts=facts)


def read(
    binding: Binding, row: StagedRow, name: str, convert: Callable[[str], T], *, required: bool = False
) -> T | None:
    """The field's value in this row; None when it is empty. Raises RefusedError."""
    try:
        given = binding.required(name, row.cells) if required else binding.cell(name, row.cells)
        return convert(given) if given else None
    except CellError as error:
        raise RefusedError(RowFault(row.number, error.code, error.message, binding.column_of(name))) from None


def read_required(binding: Binding, row: StagedRow, name: str, convert: Callable[[str], T]) -> T:
    found = read(binding, row, name, convert, required=True)
    assert found is not None
    return found


def read_moment(binding: Binding, row: StagedRow, name: str) -> datetime | None:
    formats, zone = binding.mapping.date_formats, binding.zone
    return read(binding, row, name, lambda given: moment(given, formats, zone))


def read_required_moment(binding: Binding, row: StagedRow, name: str) -> datetime:
    formats, zone = binding.mapping.date_formats, binding.zone
    return read_required(binding, row, name, lambda given: moment(given, formats, zone))


def check_length(binding: Binding, row: StagedRow) -> None:
    if len(row.cells) != len(binding.columns):
        text = f"This row has {len(row.cells)} cells, the header has {len(binding.columns)}."
        raise RefusedError(RowFault(row.number, "MALFORMED_ROW", text))


def customer_of(binding: Binding, rows: Sequence[StagedRow]) -> CustomerRef | None:
    """The one customer that the rows name, with the first of each trait. Raises RefusedError when they name two."""
    found = ""
    for row in rows:
        key = binding.cell("customer_id", row.cells)
        if key and found and key != found:
            column = binding.column_of("customer_id")
            raise RefusedError(RowFault(row.number, "CONFLICTING_VALUES", "This record names two customers.", column))
        found = found or key
    if not found:
        return None
    traits = {trait: _first(binding, rows, name) for name, trait in TRAITS.items()}
    return CustomerRef(found, **traits)


def _first(binding: Binding, rows: Sequence[StagedRow], name: str) -> str | None:
    return next((value for row in rows if (value := binding.cell(name, row.cells))), None)


def digest(*parts: Any) -> str:
    """An id for what has none: the same content has the same."""
    return blake2b(orjson.dumps(parts, default=str), digest_size=16).hexdigest()
