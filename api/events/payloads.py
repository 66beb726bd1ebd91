"""An event as plain JSON, and back: what clients are translated to, and what a dead letter keeps for its replay."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from api.events.contracts import CustomerRef, IncomingEvent, MalformedEvent

DEFAULT_SOURCE: Final = "api"
TRAITS: Final = ("name", "email", "country")


class _FaultError(Exception):
    def __init__(self, message: str, *path: str, code: str = "INVALID") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.code = code


def to_json(event: IncomingEvent, occurred_at: datetime | None = None) -> dict[str, Any]:
    """`occurred_at` stands for the moment an event without one came in."""
    customer = event.customer
    moment = event.occurred_at or occurred_at
    return {
        "messageId": event.message_id,
        "name": event.name,
        "source": event.source,
        "occurredAt": None if moment is None else moment.isoformat(),
        "customer": None
        if customer is None
        else {"externalId": customer.external_id, **{trait: getattr(customer, trait) for trait in TRAITS}},
        "properties": dict(event.properties),
    }


def from_json(given: Mapping[str, Any]) -> IncomingEvent | MalformedEvent:
    try:
        return IncomingEvent(
            message_id=_text(given, "messageId"),
            name=_text(given, "name"),
            source=_text(given, "source"),
            occurred_at=_moment(given.get("occurredAt")),
            customer=_customer(given.get("customer")),
            properties=_properties(given.get("properties")),
        )
    except _FaultError as fault:
        return malformed(given, fault.code, fault.path, fault.message)


def malformed(given: Mapping[str, Any], code: str, path: tuple[str, ...], message: str) -> MalformedEvent:
    message_id, source = given.get("messageId"), given.get("source")
    return MalformedEvent(
        message_id=message_id if isinstance(message_id, str) else "",
        source=source if isinstance(source, str) else DEFAULT_SOURCE,
        code=code,
        path=path,
        message=message,
        payload=given,
    )


def _text(given: Mapping[str, Any], field: str) -> str:
    value = given.get(field)
    if not isinstance(value, str):
        raise _FaultError(f"{field} must be text.", field)
    return value


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise _FaultError("occurredAt must be a time of ISO 8601.", "occurredAt")


def _customer(value: object) -> CustomerRef | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _FaultError("customer must be an object.", "customer")
    for field in ("externalId", *TRAITS):
        found = value.get(field)
        if not (isinstance(found, str) or (found is None and field != "externalId")):
            raise _FaultError(f"customer.{field} must be text.", "customer", field)
    return CustomerRef(value["externalId"], *(value.get(trait) for trait in TRAITS))


def _properties(value: object) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _FaultError("properties must be an object.", "properties")
    return value
