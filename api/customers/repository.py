"""SQL of customers. What can be sorted by is named here, once."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from api.customers.contracts import CountryCount, CustomerFilter, CustomerRecord
from api.customers.filter_repository import customer, where
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

SORTABLE: Final[dict[str, tuple[ColumnElement[object], bool]]] = {
    "name": (customer.c.name_key, False),
    "total_spent": (customer.c.total_spent, False),
    "order_count": (customer.c.order_count, False),
    "last_order_at": (customer.c.last_order_at, True),
}
"""Each with its column and whether it can be empty."""

CONTRACT_FIELDS: Final = {"name": "name_key"}
"""Where a sortable name differs from the record's field."""


def order(name: str, *, descending: bool) -> SortKey:
    column, nullable = SORTABLE[name]
    return SortKey(name, column, customer.c.id, descending=descending, nullable=nullable)


async def list_customers(snapshot: Snapshot, chosen: CustomerFilter, key: SortKey, page: Page) -> Slice[CustomerRecord]:
    statement: Select[tuple[object, ...]] = select(*columns_of(CustomerRecord, customer)).where(
        where(snapshot.tenant_id, chosen)
    )
    part = cut(await snapshot.rows(page_of(statement, key, page)), page)
    return Slice(tuple(CustomerRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_customers(snapshot: Snapshot, chosen: CustomerFilter) -> int:
    inner = select(customer.c.id).where(where(snapshot.tenant_id, chosen)).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))


async def list_countries(snapshot: Snapshot, limit: int) -> list[CountryCount]:
    """The commonest first."""
    number = func.count().label("customers")
    rows = await snapshot.rows(
        select(customer.c.country, number)
        .where(customer.c.tenant_id == snapshot.tenant_id, customer.c.country.is_not(None))
        .group_by(customer.c.country)
        .order_by(number.desc(), customer.c.country)
        .limit(limit)
    )
    return [CountryCount(*row) for row in rows]


async def load_customers(snapshot: Snapshot, ids: Sequence[UUID]) -> list[CustomerRecord | None]:
    rows = await snapshot.rows(
        select(*columns_of(CustomerRecord, customer)).where(
            customer.c.tenant_id == snapshot.tenant_id, customer.c.id.in_(ids)
        )
    )
    found = {row.id: CustomerRecord(*row) for row in rows}
    return [found.get(key) for key in ids]
