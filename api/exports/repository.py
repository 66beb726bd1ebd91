"""SQL of lists that GraphQL shows under their parents, and that leave whole."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from api.conversations.contracts import ConversationRecord, MessageRecord
from api.conversations.repository import AS_SAID, conversation, message
from api.conversations.repository import NEWEST_FIRST as NEWEST_CONVERSATION
from api.orders.contracts import OrderLineRecord, OrderRecord
from api.orders.repository import NEWEST_FIRST as NEWEST_ORDER
from api.orders.repository import order_line, sales_order
from models import Customer
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import columns_of

customer = table(Customer)
R = TypeVar("R")


async def list_orders(snapshot: Snapshot, page: Page) -> Slice[OrderRecord]:
    return await _list(snapshot, OrderRecord, sales_order, NEWEST_ORDER, page)


async def list_conversations(snapshot: Snapshot, page: Page) -> Slice[ConversationRecord]:
    return await _list(snapshot, ConversationRecord, conversation, NEWEST_CONVERSATION, page)


async def map_lines(snapshot: Snapshot, orders: Sequence[UUID]) -> dict[UUID, list[OrderLineRecord]]:
    found: dict[UUID, list[OrderLineRecord]] = {key: [] for key in orders}
    statement = (
        select(*columns_of(OrderLineRecord, order_line))
        .where(order_line.c.tenant_id == snapshot.tenant_id, order_line.c.order_id == func.any(list(orders)))
        .order_by(order_line.c.order_id, order_line.c.number)
    )
    for row in await snapshot.rows(statement):
        found[row.order_id].append(OrderLineRecord(*row))
    return found


async def map_messages(snapshot: Snapshot, conversations: Sequence[UUID]) -> dict[UUID, list[MessageRecord]]:
    found: dict[UUID, list[MessageRecord]] = {key: [] for key in conversations}
    statement = (
        select(message.c.conversation_id, *columns_of(MessageRecord, message))
        .where(message.c.tenant_id == snapshot.tenant_id, message.c.conversation_id == func.any(list(conversations)))
        .order_by(message.c.conversation_id, AS_SAID.column, AS_SAID.identity)
    )
    for row in await snapshot.rows(statement):
        found[row[0]].append(MessageRecord(*row[1:]))
    return found


async def map_external_ids(snapshot: Snapshot, customers: Sequence[UUID]) -> dict[UUID, str]:
    if not customers:
        return {}
    statement = select(customer.c.id, customer.c.external_id).where(
        customer.c.tenant_id == snapshot.tenant_id, customer.c.id == func.any(list(set(customers)))
    )
    return {row[0]: row[1] for row in await snapshot.rows(statement)}


async def _list(snapshot: Snapshot, record: type[R], source: Any, key: SortKey, page: Page) -> Slice[R]:
    statement = select(*columns_of(record, source)).where(source.c.tenant_id == snapshot.tenant_id)
    part = cut(await snapshot.rows(page_of(statement, key, page)), page)
    return Slice(tuple(record(*row) for row in part.items), part.has_next, part.has_previous)
