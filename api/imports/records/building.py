"""The rows of any kind become records."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from api.imports.contracts import Kind, StagedRow
from api.imports.fields import KEYS, TIMES
from api.imports.mapping import Binding
from api.imports.records import conversations, customers, events, orders
from api.imports.records.record import Built
from api.imports.values import CellError, moment

Builder = Callable[[Binding, str, Sequence[StagedRow]], Built]

BUILDERS: Final[dict[Kind, Builder]] = {
    Kind.CUSTOMERS: customers.build,
    Kind.ORDERS: orders.build,
    Kind.EVENTS: events.build,
    Kind.CONVERSATIONS: conversations.build,
}


def key_of(binding: Binding, number: int, cells: Sequence[Any]) -> str:
    """What the row has in common with the others of its record. Raises CellError without one."""
    name = KEYS.get(binding.kind)
    if name is None:
        return str(number)
    try:
        return binding.required(name, cells)
    except IndexError:
        raise CellError("MALFORMED_ROW", "This row has fewer cells than the header.") from None


def time_of(binding: Binding, cells: Sequence[Any]) -> datetime | None:
    """When the row happened, for the order of the import; a faulty time is reported when its record is built."""
    names = (TIMES[binding.kind],) if binding.kind in TIMES else ("sent_at", "opened_at")
    for name in names:
        try:
            if given := binding.cell(name, cells):
                return moment(given, binding.mapping.date_formats, binding.zone)
        except (CellError, IndexError):
            continue
    return None
