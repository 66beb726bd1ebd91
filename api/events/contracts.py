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
class Verdict:
    """The answer for the event at `index` of a batch; `path` leads to the faulty value inside it."""

    index: int
    message_id: str
    status: VerdictStatus
    code: str | None = None
    path: tuple[str, ...] | None = None
    message: str | None = None


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
