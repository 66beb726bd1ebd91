"""The orders of all customers."""

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.lists import Asked, List
from api.graphql.permissions import field
from api.orders import repository
from api.orders.filters import OrderOrder, OrderWhere
from api.orders.types import Order

ORDERS = List("orders", repository.ORDERS, Order.of)


@strawberry.type
class OrderQuery:
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
    ) -> Connection[Order]:
        return await ORDERS.connect(info.context, Asked(first, after, last, before, where, order_by))
