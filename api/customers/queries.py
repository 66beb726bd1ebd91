"""The list of customers, and one of them."""

from enum import Enum
from typing import Annotated

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.customers import repository
from api.customers.contracts import CustomerRecord
from api.customers.filters import CustomerWhere, filter_of
from api.customers.loaders import customer_by_key
from api.customers.types import Customer, CustomerCountry
from api.errors import BadInputError, ForbiddenError
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.node import NodeSource
from api.graphql.permissions import field
from models.keyset import Position

MOST_COUNTRIES = 300

Search = Annotated[
    str | None, strawberry.argument(description="The beginning of a name or of an external id, without regard to case.")
]


@strawberry.enum(description="What customers can be sorted by.")
class CustomerOrderField(Enum):
    NAME = "name"
    TOTAL_SPENT = "total_spent"
    ORDER_COUNT = "order_count"
    LAST_ORDER_AT = "last_order_at"


@strawberry.enum(description="Up or down; missing values come last in both.")
class SortDirection(Enum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.input(description="One thing to sort by.")
class CustomerOrder:
    field: CustomerOrderField
    direction: SortDirection = SortDirection.ASC


@strawberry.type
class CustomerQuery:
    @field(Permission.CUSTOMERS_READ, "Customers, by name unless ordered otherwise.", cached=RECORDS)
    async def customers(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: Search = None,
        where: CustomerWhere | None = None,
        order_by: list[CustomerOrder] | None = None,
    ) -> Connection[Customer]:
        context = info.context
        chosen = filter_of(search, where)
        if chosen.is_analytic and Permission.ANALYTICS_VIEW not in context.principal.permissions:
            raise ForbiddenError(Permission.ANALYTICS_VIEW)
        if order_by and len(order_by) > 1:
            raise BadInputError("Customers can be ordered by one field at a time.", path=("orderBy",))
        asked = order_by[0] if order_by else CustomerOrder(field=CustomerOrderField.NAME)
        key = repository.order(asked.field.value, descending=asked.direction is SortDirection.DESC)
        paging = Paging.of(context, "customers", key, repr(chosen))
        page = paging.page(context, first=first, after=after, last=last, before=before)
        attribute = repository.CONTRACT_FIELDS.get(key.name, key.name)

        def position(record: CustomerRecord) -> Position:
            return Position(getattr(record, attribute), record.id)

        async def count() -> int:
            return await repository.count_customers(context.snapshot, chosen)

        part = await repository.list_customers(context.snapshot, chosen, key, page)
        return paging.connect(context, part, Customer.of, position, count)

    @field(Permission.CUSTOMERS_READ, "The countries customers are from, the commonest first.", cached=RECORDS)
    async def customer_countries(self, info: Info) -> list[CustomerCountry]:
        found = await repository.list_countries(info.context.snapshot, MOST_COUNTRIES)
        return [CustomerCountry(country=one.country, customers=one.customers) for one in found]

    @field(Permission.CUSTOMERS_READ, "One customer; null when there is none, or none of yours.", cached=RECORDS)
    async def customer(self, info: Info, id: strawberry.ID) -> Customer | None:  # noqa: A002
        key = key_of("Customer", id)
        return None if key is None else await customer_by_key(info.context, key)


NODES = {"Customer": NodeSource(Permission.CUSTOMERS_READ, customer_by_key)}
