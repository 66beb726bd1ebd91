"""Orders in GraphQL."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.permissions import Requirement, field
from api.graphql.personal import PersonalKind, personal
from api.graphql.relations import Relation
from api.graphql.scalars import Int64
from api.orders import repository
from api.orders.contracts import OrderLineRecord, OrderRecord
from api.orders.filters import OrderKind, OrderLineOrder, OrderLineWhere
from api.tenants.types import Money

if TYPE_CHECKING:
    from api.customers.types import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("api.customers.types")]


@strawberry.type(description="One line of an order.")
class OrderLine:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    record: strawberry.Private[OrderLineRecord]
    number: int
    sku: str
    quantity: int
    unit_price: Money
    total: Money

    @classmethod
    def of(cls, record: OrderLineRecord) -> "OrderLine":
        return cls(
            record=record,
            number=record.number,
            sku=record.sku,
            quantity=record.quantity,
            unit_price=Money(amount=Int64(record.unit_amount)),
            total=Money(amount=Int64(record.total)),
        )

    @personal(PersonalKind.TEXT, "Contact details in it are masked without customers:export.")
    def description(self) -> str:
        return self.record.description


@strawberry.type(description="An order, or the cancellation of one.")
class Order(Node):
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    record: strawberry.Private[OrderRecord]
    kind: OrderKind
    placed_at: datetime
    total: Money = strawberry.field(description="The sum of its lines.")

    @classmethod
    def of(cls, record: OrderRecord) -> "Order":
        return cls(
            id=global_id("Order", record.id),
            record=record,
            kind=OrderKind(record.kind),
            placed_at=record.placed_at,
            total=Money(amount=Int64(record.total)),
        )

    @personal(PersonalKind.IDENTITY, "The number the source gave it.")
    def external_id(self) -> str:
        return self.record.external_id

    @field(Permission.CUSTOMERS_READ, "Who ordered; null for a guest.", cached=RECORDS)
    async def customer(self, info: Info) -> LazyCustomer | None:
        from api.customers.loaders import customer_by_key

        key = self.record.customer_id
        return None if key is None else await customer_by_key(info.context, key)

    @field(Permission.CUSTOMERS_READ, "Its lines, by number.", cached=RECORDS)
    async def lines(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: OrderLineWhere | None = None,
        order_by: list[OrderLineOrder] | None = None,
    ) -> Connection[OrderLine]:
        return await lines_of_order.connect(info.context, self.record.id, first, after, last, before, where, order_by)


lines_of_order = Relation("order.lines", repository.lines_of_order, OrderLine.of)
orders_of_customer = Relation("customer.orders", repository.of_customer, Order.of)
