"""Reading endpoints, and the log of what was sent to them."""

from typing import Annotated
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.permissions import field
from api.webhooks import delivery_repository, repository
from api.webhooks.contracts import DeliveryRecord, EndpointRecord
from api.webhooks.types import WebhookDelivery, WebhookDeliveryState, WebhookEndpoint, endpoint_by_key
from models.keyset import Position

NO_KEY = UUID(int=0)

Endpoint = Annotated[strawberry.ID | None, strawberry.argument(description="Only those to this endpoint.")]
State = Annotated[WebhookDeliveryState | None, strawberry.argument(description="Only those in this state.")]


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
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookDelivery]:
        context = info.context
        filters: dict[str, object] = {}
        if endpoint is not None:
            filters["endpoint_id"] = key_of("WebhookEndpoint", endpoint) or NO_KEY
        if state is not None:
            filters["state"] = state.value
        bound = (str(filters.get("endpoint_id")), str(filters.get("state")))
        paging = Paging.of(context, "webhookDeliveries", delivery_repository.NEWEST_FIRST, *bound)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: DeliveryRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await delivery_repository.count_deliveries(context.snapshot, filters)

        part = await delivery_repository.list_deliveries(context.snapshot, page, filters)
        return paging.connect(context, part, WebhookDelivery.of, position, count)
