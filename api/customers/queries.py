"""The list of customers, and one of them."""

from enum import Enum
from typing import Annotated, Final

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS, UNANNOUNCED_SECONDS, Freshness, Tag
from api.customers import repository
from api.customers.figure_filters import FIGURES
from api.customers.filters import CustomerWhere, search_of
from api.customers.loaders import customer_by_key
from api.customers.types import Customer, CustomerCountry
from api.errors import ForbiddenError
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.lists import Asked, List, SortDirection
from api.graphql.node import NodeSource
from api.graphql.permissions import field
from api.graphql.personal import SEES, sees_details
from api.graphql.where import condition_of
from models.conditions import names_in

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


@strawberry.input(description="One thing to sort by.")
class CustomerOrder:
    field: CustomerOrderField
    direction: SortDirection = SortDirection.ASC


CUSTOMERS_AND_FIGURES = Freshness(
    RECORDS.tags | {Tag.INTELLIGENCE, Tag.JOURNEYS},
    UNANNOUNCED_SECONDS,
    "Ingest and the worker announce what they wrote; this bounds what was lost.",
    looks_at=frozenset({Permission.ANALYTICS_VIEW, SEES}),
)
"""A filter by what was worked out, or by what is masked, needs more than the list itself."""
MASKED: Final = frozenset({"email"})

CUSTOMERS = List("customers", repository.CUSTOMERS, Customer.of)


@strawberry.type
class CustomerQuery:
    @field(Permission.CUSTOMERS_READ, "Customers, by name unless ordered otherwise.", cached=CUSTOMERS_AND_FIGURES)
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
        names = names_in(condition_of(where))
        if names & MASKED and not sees_details(info.context):
            raise ForbiddenError(SEES)
        if names & FIGURES.keys() and Permission.ANALYTICS_VIEW not in info.context.principal.permissions:
            raise ForbiddenError(Permission.ANALYTICS_VIEW)
        asked = Asked(first, after, last, before, where, order_by)
        return await CUSTOMERS.connect(info.context, asked, search_of(search))

    @field(Permission.CUSTOMERS_READ, "The countries customers are from, the commonest first.", cached=RECORDS)
    async def customer_countries(self, info: Info) -> list[CustomerCountry]:
        found = await repository.list_countries(info.context.snapshot, MOST_COUNTRIES)
        return [CustomerCountry(country=one.country, customers=one.customers) for one in found]

    @field(Permission.CUSTOMERS_READ, "One customer; null when there is none, or none of yours.", cached=RECORDS)
    async def customer(self, info: Info, id: strawberry.ID) -> Customer | None:  # noqa: A002
        key = key_of("Customer", id)
        return None if key is None else await customer_by_key(info.context, key)


NODES = {"Customer": NodeSource(Permission.CUSTOMERS_READ, customer_by_key)}
