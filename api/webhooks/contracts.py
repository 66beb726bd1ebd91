"""Endpoints and deliveries, as they are kept and as they are asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from api.auth.permissions import Permission
from api.webhooks.events import WebhookEvent
from api.webhooks.schedule import Breaker

SEND: Final = "webhooks.send"
"""The kind of the job that sends what waits for one endpoint, which is its subject."""
SYSTEM: Final = "service:webhooks"
ROTATION: Final = timedelta(hours=24)
"""How long a secret is good beside the one that takes its place."""


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who saves an endpoint: its payload is read with no more than they may read."""

    account_id: UUID
    permissions: frozenset[Permission]
    actor: str


@dataclass(frozen=True, slots=True)
class EndpointForm:
    """What people choose; without a query a message carries the id alone."""

    url: str
    description: str
    events: tuple[WebhookEvent, ...]
    query: str | None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """The fields are columns, in the table's words."""

    id: UUID
    url: str
    description: str
    events: list[str]
    query: str | None
    enabled: bool
    disabled_because: str | None
    owner_id: UUID
    grants: list[str]
    secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None
    failures: int
    breaks: int
    open_until: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime

    @property
    def breaker(self) -> Breaker:
        return Breaker(self.failures, self.breaks, self.open_until)

    @property
    def form(self) -> EndpointForm:
        events = tuple(WebhookEvent(event) for event in self.events)
        return EndpointForm(self.url, self.description, events, self.query, self.enabled)


@dataclass(frozen=True, slots=True)
class IssuedSecret:
    """`text` is shown once."""

    endpoint: EndpointRecord
    text: str


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    id: UUID
    endpoint_id: UUID
    event: str
    subject: str
    test: bool
    state: str
    attempts: int
    replays: int
    created_at: datetime
    changed_at: datetime
    next_try_at: datetime
    tried_at: datetime | None
    settled_at: datetime | None
    status: int | None
    milliseconds: int | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try went. `fault` is None when it was taken; `final` when another try cannot help."""

    delivery: DeliveryRecord
    status: int | None = None
    milliseconds: int | None = None
    fault: str | None = None
    final: bool = False
    ours: bool = False
    """The fault is in the payload, so it says nothing about the endpoint."""

    @property
    def delivered(self) -> bool:
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Replayed:
    replayed: tuple[UUID, ...]
    missing: tuple[UUID, ...]
    waiting: tuple[UUID, ...]
