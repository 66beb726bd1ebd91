"""A row becomes an event; columns that are chosen become its properties."""

from collections.abc import Sequence
from typing import Any

import orjson

from api.events.contracts import IncomingEvent
from api.imports.contracts import RowFault, StagedRow
from api.imports.mapping import Binding
from api.imports.records.record import (
    Built,
    RefusedError,
    Step,
    check_length,
    customer_of,
    digest,
    read_required,
    read_required_moment,
    refused,
)
from api.imports.values import CellError, number, text

TRUE = frozenset({"true", "yes", "1", "t", "y"})
FALSE = frozenset({"false", "no", "0", "f", "n"})


def build(binding: Binding, key: str, rows: Sequence[StagedRow]) -> Built:
    facts = {"rows": len(rows), "records": len(rows)}
    try:
        steps = [_step(binding, row) for row in rows]
    except RefusedError as error:
        return refused(key, rows, error.fault, facts)
    unnamed = sum(step.event.customer is None for step in steps)
    return Built(key, steps=tuple(steps), facts={**facts, "rows_without_customer": unnamed})


def _step(binding: Binding, row: StagedRow) -> Step:
    check_length(binding, row)
    name = read_required(binding, row, "event_name", str)
    occurred_at = read_required_moment(binding, row, "occurred_at")
    customer = customer_of(binding, [row])
    properties = {
        property_name: value
        for property_name, (position, kind) in binding.properties.items()
        if (value := _value(binding, row, position, kind)) is not None
    }
    who = None if customer is None else customer.external_id
    message_id = binding.cell("message_id", row.cells) or digest(name, occurred_at, who, properties)
    event = IncomingEvent(message_id, name, binding.source, occurred_at, customer, properties)
    return Step(event, (row.number,))


def _value(binding: Binding, row: StagedRow, position: int, kind: str) -> Any:
    given = text(row.cells[position])
    if not given:
        return None
    try:
        return _converted(given, kind, decimal_comma=binding.mapping.decimal_comma)
    except CellError as error:
        fault = RowFault(row.number, error.code, error.message, binding.columns[position])
        raise RefusedError(fault) from None


def _converted(given: str, kind: str, *, decimal_comma: bool) -> Any:
    if kind == "number":
        found = number(given, decimal_comma=decimal_comma)
        return int(found) if found == found.to_integral_value() else float(found)
    if kind == "boolean":
        if given.lower() not in TRUE | FALSE:
            raise CellError("NOT_A_BOOLEAN", "This is neither true nor false.")
        return given.lower() in TRUE
    if kind == "json":
        try:
            return orjson.loads(given)
        except orjson.JSONDecodeError:
            raise CellError("NOT_JSON", "This is not JSON.") from None
    return given
