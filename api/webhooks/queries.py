"""Reading endpoints, and the log of what was sent to them."""

from enum import Enum
from typing import Annotated, ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.lists import Asked, List, SortDirection
from api.graphql.permissions import field
from api.graphql.where import ALL_GIVEN, Choice, IdWhere, TimeWhere, combined
from api.webhooks import delivery_repository, repository
from api.webhooks.contracts import EndpointRecord
from api.webhooks.types import WebhookDelivery, WebhookDeliveryState, WebhookEndpoint, WebhookEvent, endpoint_by_key
from models.conditions import given
from models.keyset import Position

NO_KEY = UUID(int=0)

Endpoint = Annotated[strawberry.ID | None, strawberry.argument(description="Only those to this endpoint.")]
State = Annotated[WebhookDeliveryState | None, strawberry.argument(description="Only those in this state.")]


@strawberry.input(description=ALL_GIVEN)
class WebhookDeliveryWhere:
    __ids__: ClassVar = {"endpoint": "WebhookEndpoint"}
    AND: list["WebhookDeliveryWhere"] | None = combined("AND")
    OR: list["WebhookDeliveryWhere"] | None = combined("OR")
    NOT: "WebhookDeliveryWhere | None" = combined("NOT")
    endpoint: IdWhere | None = None
    state: Choice[WebhookDeliveryState] | None = None
    event: Choice[WebhookEvent] | None = None
    created_at: TimeWhere | None = None


@strawberry.enum(description="What webhook deliveries can be sorted by.")
class WebhookDeliveryOrderField(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="One thing to sort by.")
class WebhookDeliveryOrder:
    field: WebhookDeliveryOrderField
    direction: SortDirection = SortDirection.DESC


DELIVERIES = List("webhookDeliveries", delivery_repository.DELIVERIES, WebhookDelivery.of)


@strawberry.type
class WebhookQuery:
    @field(Permission.INTEGRATIONS_VIEW, "Webhook endpoints, newest first.")
    async def webhook_endpoints(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[WebhookEndpoint]:
        context = info.context
        paging = Paging.of(context, "webhookEndpoints", repository.NEWEST_FIRST)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: EndpointRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_endpoints(context.snapshot)

        part = await repository.list_endpoints(context.snapshot, page)
        return paging.connect(context, part, WebhookEndpoint.of, position, count)

    @field(Permission.INTEGRATIONS_VIEW, "One webhook endpoint; null when there is none, or none of yours.")
    async def webhook_endpoint(self, info: Info, id: strawberry.ID) -> WebhookEndpoint | None:  # noqa: A002
        key = key_of("WebhookEndpoint", id)
        return None if key is None else await endpoint_by_key(info.context, key)

    @field(Permission.INTEGRATIONS_VIEW, "Webhook deliveries, newest first: 7 days of delivered, 30 of dead ones.")
    async def webhook_deliveries(
        self,
        info: Info,
        endpoint: Endpoint = None,
        state: State = None,
        where: WebhookDeliveryWhere | None = None,
        order_by: list[WebhookDeliveryOrder] | None = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookDelivery]:
        to = None if endpoint is None else key_of("WebhookEndpoint", endpoint) or NO_KEY
        fixed = given(endpoint=to, state=None if state is None else state.value)
        return await DELIVERIES.connect(info.context, Asked(first, after, last, before, where, order_by), fixed)
