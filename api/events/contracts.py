"""What comes in and what is answered, free of any transport."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class VerdictStatus(StrEnum):
    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """Names a customer by the sender's own id; the other traits are stored when given."""

    external_id: str
    name: str | None = None
    email: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingEvent:
    """One event as a source sends it.

    Four names carry business records in `properties`, which ingest writes in the same transaction:

    - `order_completed`, `order_cancelled`: `orderId`, `currency`, `lines` of
      `{sku, description, quantity, unitAmount}`, amounts in minor units. A cancellation's quantities are negative.
    - `conversation_opened`: `conversationId`, `channel`, `subject`.
    - `message_sent`: `conversationId`, `messageId`, `author` (`customer` or `agent`), `body`.
    - `conversation_closed`: `conversationId`, and `rating` 1 to 5 when the customer gave one.
    """

    message_id: str
    name: str
    source: str = "api"
    occurred_at: datetime | None = None
    customer: CustomerRef | None = None
    properties: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MalformedEvent:
    """What a source sent in place of an event. It is rejected, and kept as it came in `payload`."""

    message_id: str
    source: str
    code: str
    path: tuple[str, ...]
    message: str
    payload: Mapping[str, object]


SentEvent = IncomingEvent | MalformedEvent


@dataclass(frozen=True, slots=True)
class SchemaWarning:
    """Where an accepted event departs from the schema of its name."""

    path: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for the event at `index` of a batch; `path` leads to the faulty value inside it."""

    index: int
    message_id: str
    status: VerdictStatus
    code: str | None = None
    path: tuple[str, ...] | None = None
    message: str | None = None
    warnings: tuple[SchemaWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An accepted event as it is read."""

    id: UUID
    source: str
    message_id: str
    name: str
    customer_id: UUID | None
    occurred_at: datetime
    received_at: datetime
    properties: dict[str, object]


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """What a customer said last about a purpose, when, and through which source."""

    customer_id: UUID
    purpose: str
    granted: bool
    said_at: datetime
    source: str


class SchemaMode(StrEnum):
    WARN = "warn"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class EventSchemaRecord:
    """What the properties of the events of one name must be like."""

    id: UUID
    name: str
    document: dict[str, object]
    mode: str
    updated_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """`schema_revision` rises with every change of a schema."""

    maximum_age_days: int | None = None
    schema_revision: int = 0
