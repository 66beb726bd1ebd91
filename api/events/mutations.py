"""Ingest by the API: a verdict for each event."""

from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.auth.principal import SourcePrincipal
from api.cache.freshness import NOTHING
from api.errors import BadInputError
from api.events.contracts import CustomerRef, IncomingEvent, SentEvent, Verdict
from api.events.payloads import DEFAULT_SOURCE, malformed, to_json
from api.events.service import MAXIMUM_BATCH, Ingest
from api.graphql.context import Info
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.graphql.scalars import Json


@strawberry.enum(description="What became of an event.")
class VerdictStatus(Enum):
    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"


@strawberry.input(description="The customer an event is about; unknown ones are created.")
class CustomerRefInput:
    external_id: str = strawberry.field(description="Your own id of this customer.")
    name: str | None = None
    email: str | None = None
    country: str | None = None


@strawberry.input(description="One event. Some names carry orders and conversations; see docs/events.md.")
class EventInput:
    message_id: str = strawberry.field(description="Your own id: the same one is accepted once per source.")
    name: str
    source: str | None = strawberry.field(
        default=None,
        description="Which of your systems it comes from: `api`, or a source key's own, when left out.",
    )
    occurred_at: datetime | None = strawberry.field(default=None, description="Now, when left out.")
    customer: CustomerRefInput | None = None
    properties: Json | None = strawberry.field(default=None, description="An object.")


@strawberry.input(description="1 to 500 events.")
class EventsIngestInput:
    events: list[EventInput]


@strawberry.type(description="Where an accepted event departs from the schema of its name.")
class EventWarning:
    __needs__: ClassVar[Requirement] = Permission.EVENTS_INGEST
    path: list[str] = strawberry.field(description="The way to the value in the event.")
    message: str


@strawberry.type(description="The answer for one event of the batch.")
class EventVerdict:
    __needs__: ClassVar[Requirement] = Permission.EVENTS_INGEST
    index: int
    message_id: str
    status: VerdictStatus
    code: str | None = strawberry.field(description="Why it was rejected, for programs.")
    path: list[str] | None = strawberry.field(description="The way to the faulty value in the event.")
    message: str | None = strawberry.field(description="Why it was rejected, for people.")
    warnings: list[EventWarning] = strawberry.field(description="Of a schema that only warns.")

    @classmethod
    def of(cls, verdict: Verdict) -> "EventVerdict":
        return cls(
            index=verdict.index,
            message_id=verdict.message_id,
            status=VerdictStatus(verdict.status.value),
            code=verdict.code,
            path=None if verdict.path is None else list(verdict.path),
            message=verdict.message,
            warnings=[EventWarning(path=list(found.path), message=found.message) for found in verdict.warnings],
        )


@strawberry.type(description="A verdict for each event, in their order.")
class EventsIngestPayload:
    __needs__: ClassVar[Requirement] = Permission.EVENTS_INGEST
    verdicts: list[EventVerdict]
    user_errors: list[UserError]


@strawberry.type
class EventMutation:
    # Ingest itself says what each batch changes, whichever way it came.
    @mutation(
        Permission.EVENTS_INGEST,
        "Takes in a batch. Good events are kept whatever the others are like.",
        changes=NOTHING,
    )
    async def events_ingest(self, info: Info, input: EventsIngestInput) -> EventsIngestPayload:  # noqa: A002
        context = info.context
        caller = context.caller
        own_source = caller.source if isinstance(caller, SourcePrincipal) else None
        try:
            events = [_sent(event, own_source) for event in _checked(input.events)]
        except BadInputError as error:
            return EventsIngestPayload(verdicts=[], user_errors=[user_error(error)])
        services = context.services
        ingest = Ingest(services.database, services.wake_relay, services.now)
        verdicts = await ingest.ingest(context.tenant_id, events, actor=caller.actor)
        return EventsIngestPayload(verdicts=[EventVerdict.of(verdict) for verdict in verdicts], user_errors=[])


def _checked(events: list[EventInput]) -> list[EventInput]:
    if not 1 <= len(events) <= MAXIMUM_BATCH:
        raise BadInputError(f"A batch has 1 to {MAXIMUM_BATCH} events, not {len(events)}.", path=("events",))
    return events


def _sent(event: EventInput, own_source: str | None) -> SentEvent:
    """`own_source` is the only one that a source key may send events of."""
    customer = event.customer
    incoming = IncomingEvent(
        message_id=event.message_id,
        name=event.name,
        source=event.source if event.source is not None else own_source or DEFAULT_SOURCE,
        occurred_at=event.occurred_at,
        customer=None
        if customer is None
        else CustomerRef(customer.external_id, customer.name, customer.email, customer.country),
        properties=event.properties if isinstance(event.properties, dict) else {},
    )
    if event.properties is not None and not isinstance(event.properties, dict):
        as_sent = {**to_json(incoming), "source": own_source or incoming.source, "properties": event.properties}
        return malformed(as_sent, "INVALID", ("properties",), "properties must be an object.")
    if own_source is not None and incoming.source != own_source:
        # Kept under its own source, or it could take the place of what waits of the other.
        own = to_json(replace(incoming, source=own_source))
        return malformed(own, "FOREIGN_SOURCE", ("source",), "This key sends events of its source alone.")
    return incoming
