"""Customers by key, for the slices that point to them."""

from uuid import UUID

from api.customers.repository import load_customers
from api.customers.types import Customer
from api.graphql.context import Context


async def customer_by_key(context: Context, key: UUID) -> Customer | None:
    record = await context.loader(load_customers, UUID).load(key)
    return None if record is None else Customer.of(record)
