"""What ingest accepts: pure decisions about one event, before the database is asked anything."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
from pydantic import ValidationError

from api.events import consent
from api.events.contracts import (
    IncomingEvent,
    MalformedEvent,
    SchemaMode,
    SchemaWarning,
    SentEvent,
    Verdict,
    VerdictStatus,
)
from api.events.records import RECORDS, Cancelled, Order, Record
from api.events.rules import NO_POLICY, Policy
from models.base import new_id
from models.bulk import EncodedJson

MAXIMUM_NAME: Final = 200
MAXIMUM_TEXT: Final = 320
KILOBYTE: Final = 1024
MAXIMUM_PROPERTIES: Final = 32 * KILOBYTE
"""Bytes of JSON, for events of any name but these."""
LARGER_PROPERTIES: Final = {
    "order_completed": 512 * KILOBYTE,  # an order of 5,000 lines
    "order_cancelled": 512 * KILOBYTE,
    "message_sent": 128 * KILOBYTE,  # 20,000 characters of any script, escaped or not
}
FUTURE: Final = timedelta(hours=24)
MAXIMUM_AMOUNT: Final = 10**15
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid event with the id it will have, its moment in UTC, its business record if it carries one, its properties
    as they are stored, and where they depart from a schema that only warns."""

    index: int
    id: UUID
    event: IncomingEvent
    occurred_at: datetime
    record: Record | None
    properties: EncodedJson
    warnings: tuple[SchemaWarning, ...] = ()


def prepare(
    index: int, event: SentEvent, *, currency: str, now: datetime, policy: Policy = NO_POLICY
) -> Prepared | Verdict:
    if isinstance(event, MalformedEvent):
        return reject(index, event, event.code, event.path, event.message)
    if (named := _name_fault(event)) is not None:
        return reject(index, event, "INVALID", (named,), f"{named} has 1 to {MAXIMUM_NAME} characters.")
    if (fault := _customer_fault(event)) is not None:
        return reject(index, event, "INVALID", ("customer", fault), f"customer.{fault} is empty or too long.")
    occurred_at = event.occurred_at or now
    if (late := _moment_fault(occurred_at, now, policy.maximum_age)) is not None:
        return reject(index, event, late[0], ("occurredAt",), late[1])
    encoded = _encoded(event)
    if not isinstance(encoded, EncodedJson):
        return reject(index, event, encoded[0], ("properties",), encoded[1])
    record = _record(event)
    if isinstance(record, ValidationError):
        fault_found = record.errors(include_url=False, include_input=False)[0]
        path = ("properties", *(str(part) for part in fault_found["loc"]))
        return reject(index, event, "INVALID_PROPERTIES", path, f"{fault_found['msg']}.")
    if isinstance(record, Order):
        if record.currency not in (None, currency):
            path = ("properties", "currency")
            return reject(index, event, "CURRENCY_MISMATCH", path, f"This tenant's orders are in {currency}.")
        if (fault := _amounts_fault(record)) is not None:
            return reject(index, event, "INVALID_PROPERTIES", ("properties", "lines"), fault)
    if (unclear := consent.fault_of(event)) is not None:
        return reject(index, event, "INVALID_PROPERTIES", unclear[0], unclear[1])
    warnings = _departures(event, policy)
    if warnings and policy.rules[event.name].mode is SchemaMode.REJECT:
        return reject(index, event, "SCHEMA_VIOLATION", warnings[0].path, warnings[0].message)
    return Prepared(index, new_id(), event, occurred_at.astimezone(UTC), record, encoded, warnings)


def reject(index: int, event: SentEvent, code: str, path: tuple[str, ...], message: str) -> Verdict:
    return Verdict(index, event.message_id, VerdictStatus.REJECTED, code, path, message)


def _name_fault(event: IncomingEvent) -> str | None:
    for field, value in (("messageId", event.message_id), ("name", event.name), ("source", event.source)):
        if not _is_text(value, MAXIMUM_NAME):
            return field
    return None


def _moment_fault(occurred_at: datetime, now: datetime, maximum_age: timedelta | None) -> tuple[str, str] | None:
    if occurred_at.tzinfo is None:
        return "NO_TIME_ZONE", "occurredAt needs a time zone."
    if occurred_at > now + FUTURE:
        return "IN_THE_FUTURE", "occurredAt is more than 24 hours ahead."
    if occurred_at < EARLIEST:
        return "TOO_OLD", "occurredAt is before 1970."
    if maximum_age is not None and now - occurred_at > maximum_age:
        return "TOO_OLD", f"occurredAt is more than {maximum_age.days} days ago."
    return None


def _customer_fault(event: IncomingEvent) -> str | None:
    customer = event.customer
    if customer is None:
        return None
    if not _is_text(customer.external_id, MAXIMUM_NAME):
        return "externalId"
    for field, value in (("name", customer.name), ("email", customer.email), ("country", customer.country)):
        if value is not None and not _is_text(value, MAXIMUM_TEXT):
            return field
    return None


def _is_text(value: str, longest: int) -> bool:
    return bool(value) and not value.isspace() and len(value) <= longest and "\0" not in value


def _encoded(event: IncomingEvent) -> EncodedJson | tuple[str, str]:
    try:
        encoded = orjson.dumps(dict(event.properties))
    except TypeError:
        return "INVALID", "properties are nested too deeply or hold a number of more than 64 bits."
    limit = LARGER_PROPERTIES.get(event.name, MAXIMUM_PROPERTIES)
    if len(encoded) > limit:
        return "TOO_LARGE", f"properties have at most {limit // KILOBYTE} kB, not {len(encoded) // KILOBYTE + 1}."
    if b"\\u0000" in encoded:
        return "INVALID", "properties hold a NUL character."
    return EncodedJson(encoded.decode())


def _departures(event: IncomingEvent, policy: Policy) -> tuple[SchemaWarning, ...]:
    rule = policy.rules.get(event.name)
    return () if rule is None else rule.compiled.faults(event.properties)


def _amounts_fault(order: Order) -> str | None:
    if max(abs(order.total), *(abs(line.total) for line in order.lines)) > MAXIMUM_AMOUNT:
        return f"An order's amounts are at most {MAXIMUM_AMOUNT} minor units."
    if isinstance(order, Cancelled) and order.total > 0:
        return "A cancellation's total is not above zero."
    return None


def _record(event: IncomingEvent) -> Record | ValidationError | None:
    model = RECORDS.get(event.name)
    if model is None:
        return None
    try:
        return model.model_validate(dict(event.properties))
    except ValidationError as error:
        return error
