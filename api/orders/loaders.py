"""Orders by key."""

from uuid import UUID

from api.auth.permissions import Permission
from api.graphql.context import Context
from api.graphql.node import NodeSource
from api.orders.repository import load_orders
from api.orders.types import Order


async def order_by_key(context: Context, key: UUID) -> Order | None:
    record = await context.loader(load_orders, UUID).load(key)
    return None if record is None else Order.of(record)


NODES = {"Order": NodeSource(Permission.CUSTOMERS_READ, order_by_key)}
