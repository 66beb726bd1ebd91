"""What ingest accepts: pure decisions about one event, before the database is asked anything."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
from pydantic import ValidationError

from api.events.contracts import IncomingEvent, Verdict, VerdictStatus
from api.events.records import RECORDS, Cancelled, Order, Record
from models.base import new_id

MAXIMUM_NAME: Final = 200
MAXIMUM_TEXT: Final = 320
MAXIMUM_PROPERTIES: Final = 512 * 1024
FUTURE: Final = timedelta(hours=24)
MAXIMUM_AMOUNT: Final = 10**15
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid event with the id it will have, its moment in UTC, and its business record if it carries one."""

    index: int
    id: UUID
    event: IncomingEvent
    occurred_at: datetime
    record: Record | None


def prepare(index: int, event: IncomingEvent, *, currency: str, now: datetime) -> Prepared | Verdict:
    for field, value in (("messageId", event.message_id), ("name", event.name), ("source", event.source)):
        if not value.strip() or len(value) > MAXIMUM_NAME or "\0" in value:
            return reject(index, event, "INVALID", (field,), f"{field} has 1 to {MAXIMUM_NAME} characters.")
    if (fault := _customer_fault(event)) is not None:
        return reject(index, event, "INVALID", ("customer", fault), f"customer.{fault} is empty or too long.")
    occurred_at = event.occurred_at or now
    if occurred_at.tzinfo is None:
        return reject(index, event, "NO_TIME_ZONE", ("occurredAt",), "occurredAt needs a time zone.")
    if occurred_at > now + FUTURE:
        return reject(index, event, "IN_THE_FUTURE", ("occurredAt",), "occurredAt is more than 24 hours ahead.")
    if occurred_at < EARLIEST:
        return reject(index, event, "TOO_OLD", ("occurredAt",), "occurredAt is before 1970.")
    if (fault := _properties_fault(event)) is not None:
        return reject(index, event, "INVALID", ("properties",), f"properties {fault}.")
    record = _record(event)
    if isinstance(record, ValidationError):
        fault_found = record.errors(include_url=False)[0]
        path = ("properties", *(str(part) for part in fault_found["loc"]))
        return reject(index, event, "INVALID_PROPERTIES", path, f"{fault_found['msg']}.")
    if isinstance(record, Order):
        if record.currency not in (None, currency):
            path = ("properties", "currency")
            return reject(index, event, "CURRENCY_MISMATCH", path, f"This tenant's orders are in {currency}.")
        if (fault := _amounts_fault(record)) is not None:
            return reject(index, event, "INVALID_PROPERTIES", ("properties", "lines"), fault)
    return Prepared(index, new_id(), event, occurred_at.astimezone(UTC), record)


def reject(index: int, event: IncomingEvent, code: str, path: tuple[str, ...], message: str) -> Verdict:
    return Verdict(index, event.message_id, VerdictStatus.REJECTED, code, path, message)


def _customer_fault(event: IncomingEvent) -> str | None:
    customer = event.customer
    if customer is None:
        return None
    key = customer.external_id
    if not key.strip() or len(key) > MAXIMUM_NAME or "\0" in key:
        return "externalId"
    for field in ("name", "email", "country"):
        value = getattr(customer, field)
        if value is not None and (not value.strip() or len(value) > MAXIMUM_TEXT or "\0" in value):
            return field
    return None


def _properties_fault(event: IncomingEvent) -> str | None:
    try:
        encoded = orjson.dumps(dict(event.properties))
    except TypeError:
        return "are nested too deeply or hold a number of more than 64 bits"
    if len(encoded) > MAXIMUM_PROPERTIES or b"\\u0000" in encoded:
        return "are too large or hold a NUL character"
    return None


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
