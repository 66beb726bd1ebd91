"""SQL of orders."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from api.orders.contracts import OrderLineRecord, OrderRecord
from models import OrderLine, SalesOrder
from models.base import table
from models.database import Snapshot
from models.filters import Filter, Filters, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import Children, columns_of

sales_order = table(SalesOrder)
order_line = table(OrderLine)

NEWEST_FIRST: Final = SortKey("placed_at", sales_order.c.placed_at, sales_order.c.id, descending=True)
BY_NUMBER: Final = SortKey("number", order_line.c.number, order_line.c.order_id)

FILTERS: Final[Filters] = {
    **filters_of("external_id", "kind", "placed_at", "total", source=sales_order.c),
    "customer": Filter(sales_order.c.customer_id),
}
LINE_FILTERS: Final = filters_of("sku", "quantity", "total", source=order_line.c)

ORDERS: Final = RowList(OrderRecord, sales_order, (NEWEST_FIRST,), FILTERS)
of_customer: Final = Children(OrderRecord, sales_order, "customer_id", NEWEST_FIRST, filters=FILTERS)
lines_of_order: Final = Children(
    OrderLineRecord, order_line, "order_id", BY_NUMBER, identity="order_id", filters=LINE_FILTERS
)


async def load_orders(snapshot: Snapshot, ids: Sequence[UUID]) -> list[OrderRecord | None]:
    statement = select(*columns_of(OrderRecord, sales_order)).where(
        sales_order.c.tenant_id == snapshot.tenant_id, sales_order.c.id.in_(ids)
    )
    found = {row.id: OrderRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(key) for key in ids]
