"""Webhooks in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.graphql.context import Context, Info
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement, field, resolved
from api.outgoing import without_path
from api.webhooks import events, repository
from api.webhooks.contracts import DeliveryRecord, EndpointRecord
from api.webhooks.schedule import BreakerState
from api.webhooks.selection import variables
from api.webhooks.signing import message_id


@strawberry.enum(description="What an endpoint can be told of. docs/api/webhooks.md says when each is sent.")
class WebhookEvent(Enum):
    CUSTOMER_ACTIVE = "customer.active"
    CUSTOMER_BOUGHT = "customer.bought"
    CUSTOMER_JOURNEY_UPDATED = "customer.journey_updated"
    CONVERSATION_UPDATED = "conversation.updated"
    METRIC_CHANGED = "metric.changed"

    @property
    def known(self) -> events.WebhookEvent:
        return events.WebhookEvent(self.value)


@strawberry.enum(description="Whether an endpoint is called: OPEN it is left alone, HALF_OPEN the next try decides.")
class WebhookBreakerState(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@strawberry.enum(description="What became of a delivery: DEAD ones can be replayed.")
class WebhookDeliveryState(Enum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@strawberry.type(description="The circuit breaker of an endpoint. It opens after five failed tries in a row.")
class WebhookBreaker:
    __needs__: ClassVar[Requirement] = Permission.INTEGRATIONS_VIEW
    state: WebhookBreakerState
    failures: int = strawberry.field(description="Failed tries since the last success.")
    open_until: datetime | None = strawberry.field(description="When it is tried again; null while it is closed.")


@strawberry.type(description="An address of the tenant's that is told of changes.")
class WebhookEndpoint:
    __needs__: ClassVar[Requirement] = Permission.INTEGRATIONS_VIEW
    record: strawberry.Private[EndpointRecord]
    id: strawberry.ID
    description: str
    events: list[WebhookEvent]
    query: str | None = strawberry.field(description="The selection that makes `data`; null for the id alone.")
    enabled: bool
    disabled_because: str | None = strawberry.field(description="HTTP_410 when the receiver said that it is gone.")
    previous_secret_until: datetime | None = strawberry.field(description="How long the secret before this one signs.")
    created_by: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, record: EndpointRecord) -> "WebhookEndpoint":
        return cls(
            id=global_id("WebhookEndpoint", record.id),
            record=record,
            description=record.description,
            events=[WebhookEvent(event) for event in record.events],
            query=record.query,
            enabled=record.enabled,
            disabled_because=record.disabled_because,
            previous_secret_until=record.previous_until,
            created_by=record.created_by,
            created_at=record.created_at,
            updated_at=record.updated_at,
        )

    @resolved("Where messages go. Without integrations:manage only its host: the rest may be a secret.")
    def url(self, info: Info) -> str:
        if Permission.INTEGRATIONS_MANAGE in info.context.caller.permissions:
            return self.record.url
        return without_path(self.record.url)

    @resolved("Whether it is called at the moment.")
    def breaker(self, info: Info) -> WebhookBreaker:
        state: BreakerState = self.record.breaker.state(info.context.services.now())
        return WebhookBreaker(
            state=WebhookBreakerState(state.value), failures=self.record.failures, open_until=self.record.open_until
        )


@strawberry.type(description="One message to one endpoint, and how its last try went. What it said is not kept.")
class WebhookDelivery:
    __needs__: ClassVar[Requirement] = Permission.INTEGRATIONS_VIEW
    record: strawberry.Private[DeliveryRecord]
    id: strawberry.ID
    message_id: str = strawberry.field(description="The header webhook-id, the same at each try.")
    event: WebhookEvent
    subject: str = strawberry.field(description="What it tells of: an id of this API, or the slug of a metric.")
    test: bool
    state: WebhookDeliveryState
    attempts: int = strawberry.field(description="Tries so far, the running one included; a replay begins anew.")
    replays: int
    created_at: datetime
    next_try_at: datetime | None = strawberry.field(description="While it waits.")
    tried_at: datetime | None
    settled_at: datetime | None
    status: int | None = strawberry.field(description="The receiver's HTTP status at the last try, when it answered.")
    milliseconds: int | None = strawberry.field(description="How long the last answer took.")
    fault: str | None = strawberry.field(description="Why the last try failed: a code of docs/api/webhooks.md.")

    @classmethod
    def of(cls, record: DeliveryRecord) -> "WebhookDelivery":
        event = events.WebhookEvent(record.event)
        [subject] = variables(event, record.subject).values()
        return cls(
            id=global_id("WebhookDelivery", record.id),
            record=record,
            message_id=message_id(record.id),
            event=WebhookEvent(record.event),
            subject=subject,
            test=record.test,
            state=WebhookDeliveryState(record.state),
            attempts=record.attempts,
            replays=record.replays,
            created_at=record.created_at,
            next_try_at=record.next_try_at if record.state == WebhookDeliveryState.WAITING.value else None,
            tried_at=record.tried_at,
            settled_at=record.settled_at,
            status=record.status,
            milliseconds=record.milliseconds,
            fault=record.fault,
        )

    @field(Permission.INTEGRATIONS_VIEW, "Where it goes.")
    async def endpoint(self, info: Info) -> WebhookEndpoint:
        found = await endpoint_by_key(info.context, self.record.endpoint_id)
        assert found is not None
        return found


async def endpoint_by_key(context: Context, key: UUID) -> WebhookEndpoint | None:
    record = await context.loader(repository.load_endpoints, UUID).load(key)
    return None if record is None else WebhookEndpoint.of(record)
