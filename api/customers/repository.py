"""SQL of customers. What can be sorted by is named here, once."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from api.customers.contracts import CustomerRecord
from models import Customer
from models.base import sort_key, table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

customer = table(Customer)

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


def _where(tenant_id: UUID, search: str | None) -> ColumnElement[bool]:
    mine = customer.c.tenant_id == tenant_id
    if not search:
        return mine
    beginning = sort_key(search)
    end = beginning + "\U0010ffff"
    return and_(
        mine,
        or_(
            and_(customer.c.name_key >= beginning, customer.c.name_key < end),
            and_(customer.c.external_key >= beginning, customer.c.external_key < end),
        ),
    )


async def list_customers(snapshot: Snapshot, search: str | None, key: SortKey, page: Page) -> Slice[CustomerRecord]:
    statement: Select[tuple[object, ...]] = select(*columns_of(CustomerRecord, customer)).where(
        _where(snapshot.tenant_id, search)
    )
    part = cut(await snapshot.rows(page_of(statement, key, page)), page)
    return Slice(tuple(CustomerRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_customers(snapshot: Snapshot, search: str | None) -> int:
    inner = select(customer.c.id).where(_where(snapshot.tenant_id, search)).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))


async def load_customers(snapshot: Snapshot, ids: Sequence[UUID]) -> list[CustomerRecord | None]:
    rows = await snapshot.rows(
        select(*columns_of(CustomerRecord, customer)).where(
            customer.c.tenant_id == snapshot.tenant_id, customer.c.id.in_(ids)
        )
    )
    found = {row.id: CustomerRecord(*row) for row in rows}
    return [found.get(key) for key in ids]
