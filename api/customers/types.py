"""The customer in GraphQL, and its relations."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.customers.contracts import CustomerRecord
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.permissions import Requirement, field
from api.graphql.scalars import Int64
from api.journeys.freshness import JOURNEYS
from api.tenants.types import Money

if TYPE_CHECKING:
    from api.actions.types import NextBestAction
    from api.conversations.types import Conversation
    from api.events.types import Event
    from api.journeys.customer_types import CustomerJourney
    from api.orders.types import Order

LazyOrder = Annotated["Order", strawberry.lazy("api.orders.types")]
LazyEvent = Annotated["Event", strawberry.lazy("api.events.types")]
LazyAction = Annotated["NextBestAction", strawberry.lazy("api.actions.types")]
LazyJourney = Annotated["CustomerJourney", strawberry.lazy("api.journeys.customer_types")]
LazyConversation = Annotated["Conversation", strawberry.lazy("api.conversations.types")]


@strawberry.type(description="Somebody who buys from the tenant, or might.")
class Customer(Node):
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    record: strawberry.Private[CustomerRecord]
    external_id: str = strawberry.field(description="The tenant's own id of this customer.")
    name: str
    email: str | None
    country: str | None
    first_seen_at: datetime = strawberry.field(description="The first event or order.")
    total_spent: Money = strawberry.field(description="All order lines, net of cancellations.")
    order_count: int = strawberry.field(description="Orders without cancellations.")
    last_order_at: datetime | None

    @classmethod
    def of(cls, record: CustomerRecord) -> "Customer":
        return cls(
            id=global_id("Customer", record.id),
            record=record,
            external_id=record.external_id,
            name=record.name,
            email=record.email,
            country=record.country,
            first_seen_at=record.first_seen_at,
            total_spent=Money(amount=Int64(record.total_spent)),
            order_count=record.order_count,
            last_order_at=record.last_order_at,
        )

    @field(Permission.CUSTOMERS_READ, "Orders and cancellations, newest first.", cached=RECORDS)
    async def orders(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[LazyOrder]:
        from api.orders.types import orders_of_customer

        return await orders_of_customer.connect(info.context, self.record.id, first, after, last, before)

    @field(Permission.EVENTS_READ, "Events, newest first.", cached=RECORDS)
    async def events(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[LazyEvent]:
        from api.events.types import events_of_customer

        return await events_of_customer.connect(info.context, self.record.id, first, after, last, before)

    @field(Permission.CONVERSATIONS_READ, "Conversations, newest first.", cached=RECORDS)
    async def conversations(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[LazyConversation]:
        from api.conversations.types import conversations_of_customer

        return await conversations_of_customer.connect(info.context, self.record.id, first, after, last, before)

    @field(Permission.CUSTOMERS_READ, "Where it is on its way, and where it may go next.", cached=JOURNEYS)
    async def journey(self, info: Info) -> LazyJourney:
        from api.journeys.customer_types import journey_of_customer

        return await journey_of_customer(info.context, self.record.id)

    @field(Permission.ANALYTICS_VIEW, "Actions weighed for it: the best first, then what is blocked, and why.")
    async def next_best_actions(self, info: Info) -> list[LazyAction]:
        from api.actions.queries import actions_of_customer

        return list(await actions_of_customer(info.context, self.record.id))
