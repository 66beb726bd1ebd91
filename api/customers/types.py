"""The customer in GraphQL, and its relations."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import INTELLIGENCE, RECORDS
from api.conversations.filters import ConversationOrder, ConversationWhere
from api.customers.contracts import CustomerRecord
from api.events.filters import EventOrder, EventWhere
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.permissions import Requirement, field
from api.graphql.personal import PersonalKind, personal
from api.graphql.scalars import Int64
from api.journeys.freshness import JOURNEYS
from api.orders.filters import OrderOrder, OrderWhere
from api.tenants.types import Money

if TYPE_CHECKING:
    from api.actions.types import NextBestAction
    from api.conversations.types import Conversation
    from api.events.types import Event
    from api.journeys.customer_types import CustomerJourney
    from api.orders.types import Order
    from api.predictions.model_types import PredictionKind
    from api.predictions.types import Prediction
    from api.privacy.consent_types import CustomerConsent
    from api.segments.rfm_types import CustomerRfm, CustomerSegment

LazyOrder = Annotated["Order", strawberry.lazy("api.orders.types")]
LazyEvent = Annotated["Event", strawberry.lazy("api.events.types")]
LazyPrediction = Annotated["Prediction", strawberry.lazy("api.predictions.types")]
LazyPredictionKind = Annotated["PredictionKind", strawberry.lazy("api.predictions.model_types")]
LazyAction = Annotated["NextBestAction", strawberry.lazy("api.actions.types")]
LazyConsent = Annotated["CustomerConsent", strawberry.lazy("api.privacy.consent_types")]
LazyJourney = Annotated["CustomerJourney", strawberry.lazy("api.journeys.customer_types")]
LazyConversation = Annotated["Conversation", strawberry.lazy("api.conversations.types")]

LazyRfm = Annotated["CustomerRfm", strawberry.lazy("api.segments.rfm_types")]
LazySegment = Annotated["CustomerSegment", strawberry.lazy("api.segments.rfm_types")]


@strawberry.type(description="A country, and how many customers are from there.")
class CustomerCountry:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    country: str
    customers: int


@strawberry.type(description="Somebody who buys from the tenant, or might.")
class Customer(Node):
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    record: strawberry.Private[CustomerRecord]
    first_seen_at: datetime = strawberry.field(description="The first event or order.")
    total_spent: Money = strawberry.field(description="All order lines, net of cancellations.")
    order_count: int = strawberry.field(description="Orders without cancellations.")
    last_order_at: datetime | None

    @classmethod
    def of(cls, record: CustomerRecord) -> "Customer":
        return cls(
            id=global_id("Customer", record.id),
            record=record,
            first_seen_at=record.first_seen_at,
            total_spent=Money(amount=Int64(record.total_spent)),
            order_count=record.order_count,
            last_order_at=record.last_order_at,
        )

    @personal(PersonalKind.IDENTITY, "The tenant's own id of this customer.")
    def external_id(self) -> str:
        return self.record.external_id

    @personal(PersonalKind.IDENTITY, "What it is called; its external id when nobody said.")
    def name(self) -> str:
        return self.record.name

    @personal(PersonalKind.CONTACT, "Masked without customers:export, such as a***@example.com.")
    def email(self) -> str | None:
        return self.record.email

    @personal(PersonalKind.IDENTITY, "Where it is from.")
    def country(self) -> str | None:
        return self.record.country

    @field(Permission.CUSTOMERS_READ, "Orders and cancellations, newest first.", cached=RECORDS)
    async def orders(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: OrderWhere | None = None,
        order_by: list[OrderOrder] | None = None,
    ) -> Connection[LazyOrder]:
        from api.orders.types import orders_of_customer

        return await orders_of_customer.connect(
            info.context, self.record.id, first, after, last, before, where, order_by
        )

    @field(Permission.EVENTS_READ, "Events, newest first.", cached=RECORDS)
    async def events(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: EventWhere | None = None,
        order_by: list[EventOrder] | None = None,
    ) -> Connection[LazyEvent]:
        from api.events.types import events_of_customer

        return await events_of_customer.connect(
            info.context, self.record.id, first, after, last, before, where, order_by
        )

    @field(Permission.CONVERSATIONS_READ, "Conversations, newest first.", cached=RECORDS)
    async def conversations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: ConversationWhere | None = None,
        order_by: list[ConversationOrder] | None = None,
    ) -> Connection[LazyConversation]:
        from api.conversations.types import conversations_of_customer

        return await conversations_of_customer.connect(
            info.context, self.record.id, first, after, last, before, where, order_by
        )

    @field(
        Permission.ANALYTICS_VIEW,
        "Recency, frequency and money; null while there is no version of RFM.",
        cached=INTELLIGENCE,
    )
    async def rfm(self, info: Info) -> LazyRfm | None:
        from api.segments.rfm_types import rfm_of_customer

        return await rfm_of_customer(info.context, self.record.id)

    @field(
        Permission.ANALYTICS_VIEW,
        "The segments this customer is in: at most one of each method, and rules.",
        cached=INTELLIGENCE,
    )
    async def segments(self, info: Info) -> list[LazySegment]:
        from api.segments.rfm_types import segments_of_customer

        return await segments_of_customer(info.context, self.record.id)

    @field(
        Permission.ANALYTICS_VIEW,
        "What is foretold, by kind and horizon, or what is missing for it.",
        cached=INTELLIGENCE,
    )
    async def predictions(
        self, info: Info, kind: LazyPredictionKind | None = None, horizon_days: int | None = None
    ) -> list[LazyPrediction]:
        from api.predictions.types import predictions_of_customer

        chosen = None if kind is None else kind.value
        return await predictions_of_customer(info.context, self.record.id, chosen, horizon_days)

    @field(Permission.CUSTOMERS_READ, "Where it is on its way, and where it may go next.", cached=JOURNEYS)
    async def journey(self, info: Info) -> LazyJourney:
        from api.journeys.customer_types import journey_of_customer

        return await journey_of_customer(info.context, self.record.id)

    @field(
        Permission.CUSTOMERS_READ,
        "What it said last about each purpose; nothing about one it was silent on.",
        cached=RECORDS,
    )
    async def consents(self, info: Info) -> list[LazyConsent]:
        from api.privacy.consent_types import consents_of_customer

        return await consents_of_customer(info.context, self.record.id)

    @field(
        Permission.ANALYTICS_VIEW,
        "Actions weighed for it: the best first, then what is blocked, and why.",
        cached=INTELLIGENCE,
    )
    async def next_best_actions(self, info: Info) -> list[LazyAction]:
        from api.actions.queries import actions_of_customer

        return list(await actions_of_customer(info.context, self.record.id))
