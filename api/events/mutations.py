"""Ingest by the API: a verdict for each event."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import NOTHING
from api.errors import BadInputError
from api.events.contracts import CustomerRef, IncomingEvent, Verdict
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
    source: str = strawberry.field(default="api", description="Which of your systems it comes from.")
    occurred_at: datetime | None = strawberry.field(default=None, description="Now, when left out.")
    customer: CustomerRefInput | None = None
    properties: Json | None = strawberry.field(default=None, description="An object.")


@strawberry.input(description="1 to 500 events.")
class EventsIngestInput:
    events: list[EventInput]


@strawberry.type(description="The answer for one event of the batch.")
class EventVerdict:
    __needs__: ClassVar[Requirement] = Permission.EVENTS_INGEST
    index: int
    message_id: str
    status: VerdictStatus
    code: str | None = strawberry.field(description="Why it was rejected, for programs.")
    path: list[str] | None = strawberry.field(description="The way to the faulty value in the event.")
    message: str | None = strawberry.field(description="Why it was rejected, for people.")

    @classmethod
    def of(cls, verdict: Verdict) -> "EventVerdict":
        return cls(
            index=verdict.index,
            message_id=verdict.message_id,
            status=VerdictStatus(verdict.status.value),
            code=verdict.code,
            path=None if verdict.path is None else list(verdict.path),
            message=verdict.message,
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
        try:
            events = [_incoming(index, event) for index, event in enumerate(_checked(input.events))]
        except BadInputError as error:
            return EventsIngestPayload(verdicts=[], user_errors=[user_error(error)])
        services = context.services
        ingest = Ingest(services.database, services.wake_relay, services.now)
        verdicts = await ingest.ingest(context.tenant_id, events, actor=context.principal.actor)
        return EventsIngestPayload(verdicts=[EventVerdict.of(verdict) for verdict in verdicts], user_errors=[])


def _checked(events: list[EventInput]) -> list[EventInput]:
    if not 1 <= len(events) <= MAXIMUM_BATCH:
        raise BadInputError(f"A batch has 1 to {MAXIMUM_BATCH} events, not {len(events)}.", path=("events",))
    return events


def _incoming(index: int, event: EventInput) -> IncomingEvent:
    properties: object = {} if event.properties is None else event.properties
    if not isinstance(properties, dict):
        raise BadInputError("properties must be an object.", path=("events", str(index), "properties"))
    customer = event.customer
    return IncomingEvent(
        message_id=event.message_id,
        name=event.name,
        source=event.source,
        occurred_at=event.occurred_at,
        customer=None
        if customer is None
        else CustomerRef(customer.external_id, customer.name, customer.email, customer.country),
        properties=properties,
    )
