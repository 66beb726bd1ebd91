"""SQL of customers. What can be sorted by is named here, once."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from api.customers.contracts import CountryCount, CustomerRecord
from api.customers.filter_repository import FILTERS, customer
from models.database import Snapshot
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

CUSTOMERS: Final = RowList(
    CustomerRecord,
    customer,
    (
        SortKey("name", customer.c.name_key, customer.c.id),
        SortKey("total_spent", customer.c.total_spent, customer.c.id),
        SortKey("order_count", customer.c.order_count, customer.c.id),
        SortKey("last_order_at", customer.c.last_order_at, customer.c.id, nullable=True),
    ),
    FILTERS,
    attributes={"name": "name_key"},
)


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
