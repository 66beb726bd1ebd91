"""A first mapping from the header and some rows, with how sure it is; people change it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.imports.contracts import Kind
from api.imports.fields import FIELDS, Field, Value
from api.imports.mapping import Mapping, Property, Source
from api.imports.presets import fitting
from api.imports.values import CellError, moment, number, text

UTC_ZONE: Final = ZoneInfo("UTC")
SIGNS: Final = re.compile(r"[^a-z0-9]+")
FORMATS: Final = (
    "iso",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%d %b %Y",
    "%b %d, %Y",
)
DEFAULTS: Final = {Kind.ORDERS: {"sku": "order"}, Kind.CONVERSATIONS: {"channel": "import"}}
"""What a required field without a column is taken for."""
COMMA: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3})*,\d{1,2}|[+-]?\d+,\d{1,2}")
SIGNATURES: Final = {
    Kind.CONVERSATIONS: ("conversation_id", "body", "author", "channel"),
    Kind.ORDERS: ("order_id", "unit_price", "quantity", "sku"),
    Kind.EVENTS: ("event_name", "occurred_at", "message_id"),
    Kind.CUSTOMERS: ("customer_id", "customer_email", "customer_name"),
}
SURE: Final = 1.0
LIKELY: Final = 0.7
LOOSE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Guess:
    """`confidence` by field, from 0 to 1; `preset` when the file is a known one."""

    kind: Kind
    mapping: Mapping
    confidence: dict[str, float]
    preset: str | None = None


def guess(kind: Kind | None, columns: Sequence[str], samples: Sequence[Sequence[Any]]) -> Guess:
    known = fitting(tuple(columns))
    if known is not None and kind in (None, known.kind):
        return Guess(known.kind, known.mapping, dict.fromkeys(known.mapping.fields, SURE), known.name)
    kind = kind or likely_kind(columns)
    found = _columns(kind, columns)
    fields = {name: Source(column=column) for name, (column, _) in found.items()}
    confidence = {name: sure for name, (_, sure) in found.items()}
    for name, constant in DEFAULTS.get(kind, {}).items():
        if name not in fields:
            fields[name] = Source(constant=constant)
            confidence[name] = LOOSE
    cells = {column: [text(row[i]) for row in samples if i < len(row)] for i, column in enumerate(columns)}
    times = [cells[source.column] for source in _of_value(kind, fields, Value.TIME) if source.column]
    formats, sure = _formats([value for column in times for value in column if value])
    for field in FIELDS[kind]:
        if field.value is Value.TIME and field.name in confidence:
            confidence[field.name] = min(confidence[field.name], sure)
    amounts = [cells[source.column] for source in _of_value(kind, fields, Value.MONEY) if source.column]
    comma = any(COMMA.fullmatch(value) for column in amounts for value in column)
    properties = _properties(columns, fields, cells) if kind is Kind.EVENTS else {}
    return Guess(
        kind, Mapping(fields=fields, properties=properties, date_formats=formats, decimal_comma=comma), confidence
    )


def likely_kind(columns: Sequence[str]) -> Kind:
    """The one whose telling fields the header has most of."""
    scores = {
        kind: sum(name in found for name in names) / len(names)
        for kind, names in SIGNATURES.items()
        if (found := _columns(kind, columns)) is not None
    }
    return max(scores, key=lambda kind: scores[kind])


def plain(header: str) -> str:
    return SIGNS.sub("", header.lower())


def _columns(kind: Kind, columns: Sequence[str]) -> dict[str, tuple[str, float]]:
    """For each field the column that fits best, each column once: the surest pairs first."""
    pairs = sorted(
        (
            (-confidence, position, field.name, column)
            for position, field in enumerate(FIELDS[kind])
            for column in columns
            if (confidence := _likeness(field, plain(column))) > 0
        ),
    )
    found: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for confidence, _, name, column in pairs:
        if name not in found and column not in taken:
            found[name] = (column, round(-confidence, 2))
            taken.add(column)
    return found


def _likeness(field: Field, header: str) -> float:
    if header in field.names:
        return SURE - 0.05 * field.names.index(header)
    if len(header) >= 4 and any(name in header for name in field.names[:3] if len(name) >= 4):  # noqa: PLR2004
        return LOOSE
    return 0.0


def _of_value(kind: Kind, fields: dict[str, Source], value: Value) -> list[Source]:
    return [fields[field.name] for field in FIELDS[kind] if field.value is value and field.name in fields]


def _formats(values: Sequence[str]) -> tuple[tuple[str, ...], float]:
    """The first form that fits every sample. Days and months that could be either make it unsure."""
    fitting_all = [pattern for pattern in FORMATS if values and all(_fits(value, pattern) for value in values)]
    if not fitting_all:
        return ("iso",), SURE if not values else LOOSE
    return (fitting_all[0],), SURE if len(fitting_all) == 1 or fitting_all[0] == "iso" else LOOSE


def _fits(value: str, pattern: str) -> bool:
    try:
        moment(value, (pattern,), UTC_ZONE)
    except CellError:
        return False
    return True


def _properties(columns: Sequence[str], fields: dict[str, Source], cells: dict[str, list[str]]) -> dict[str, Property]:
    used = {source.column for source in fields.values()}
    return {
        column[:200]: Property(column=column, value="number" if _numeric(cells[column]) else "text")
        for column in columns
        if column and column not in used
    }


def _numeric(values: Sequence[str]) -> bool:
    given = [value for value in values if value]
    try:
        return bool([number(value) for value in given])
    except CellError:
        return False
