"""SQL of undoing an import: what was created goes, what was changed is put back. The caller holds the ingest lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, tuple_, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Customer, Event, Message, OrderLine, SalesOrder
from models.base import sort_key, table
from models.bulk import as_table
from models.relations import columns_of

customer = table(Customer)
event = table(Event)
sales_order = table(SalesOrder)
order_line = table(OrderLine)
conversation = table(Conversation)
message = table(Message)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ImportedEvent:
    id: UUID
    source: str
    name: str
    customer_id: UUID | None
    occurred_at: datetime
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeletedOrder:
    id: UUID
    source: str
    external_id: str
    kind: str
    total: int


async def list_events(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID]) -> list[ImportedEvent]:
    statement = select(*columns_of(ImportedEvent, event)).where(
        event.c.tenant_id == tenant_id, event.c.id == func.any(list(ids))
    )
    return [ImportedEvent(*row) for row in await session.execute(statement)]


async def delete_events(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID]) -> None:
    await session.execute(delete(event).where(event.c.tenant_id == tenant_id, event.c.id == func.any(list(ids))))


async def delete_orders(session: AsyncSession, tenant_id: UUID, keys: Sequence[Key]) -> list[DeletedOrder]:
    """With their lines, by source and id."""
    if not keys:
        return []
    given = as_table([sales_order.c.source, sales_order.c.external_id], keys)
    found = await session.execute(
        select(*columns_of(DeletedOrder, sales_order))
        .join(given, and_(sales_order.c.source == given.c.source, sales_order.c.external_id == given.c.external_id))
        .where(sales_order.c.tenant_id == tenant_id)
    )
    orders = [DeletedOrder(*row) for row in found]
    ids = [order.id for order in orders]
    for source, column in ((order_line, order_line.c.order_id), (sales_order, sales_order.c.id)):
        await session.execute(delete(source).where(source.c.tenant_id == tenant_id, column == func.any(ids)))
    return orders


async def delete_messages(session: AsyncSession, tenant_id: UUID, keys: Sequence[tuple[str, str, str]]) -> None:
    """By source, conversation and message id."""
    if not keys:
        return
    columns = [event.c.source, conversation.c.external_id, event.c.message_id]
    given = as_table(columns, keys)
    ids = (
        select(message.c.id)
        .join(conversation, and_(conversation.c.tenant_id == tenant_id, conversation.c.id == message.c.conversation_id))
        .join(
            given,
            and_(
                conversation.c.source == given.c.source,
                conversation.c.external_id == given.c.external_id,
                message.c.external_id == given.c.message_id,
            ),
        )
        .where(message.c.tenant_id == tenant_id)
    )
    await session.execute(delete(message).where(message.c.tenant_id == tenant_id, message.c.id.in_(ids)))


async def map_spoken_conversations(session: AsyncSession, tenant_id: UUID, keys: Sequence[Key]) -> set[Key]:
    """Those in which something is left that was said."""
    if not keys:
        return set()
    given = as_table([conversation.c.source, conversation.c.external_id], keys)
    found = await session.execute(
        select(conversation.c.source, conversation.c.external_id)
        .join(given, and_(conversation.c.source == given.c.source, conversation.c.external_id == given.c.external_id))
        .where(
            conversation.c.tenant_id == tenant_id,
            exists().where(message.c.tenant_id == tenant_id, message.c.conversation_id == conversation.c.id),
        )
    )
    return {(source, external_id) for source, external_id in found}


async def delete_conversations(session: AsyncSession, tenant_id: UUID, keys: Sequence[Key]) -> list[UUID]:
    if not keys:
        return []
    deleted = await session.execute(
        delete(conversation)
        .where(
            conversation.c.tenant_id == tenant_id,
            tuple_(conversation.c.source, conversation.c.external_id).in_(keys),
        )
        .returning(conversation.c.id)
    )
    return list(deleted.scalars())


async def update_conversation(
    session: AsyncSession, tenant_id: UUID, identity: UUID, after: dict[str, Any], before: dict[str, Any]
) -> None:
    """Puts back how it was closed, unless somebody has closed it in another way since."""
    await session.execute(
        update(conversation)
        .where(
            conversation.c.tenant_id == tenant_id,
            conversation.c.id == identity,
            conversation.c.closed_at.is_not_distinct_from(_moment(after["closed_at"])),
            conversation.c.rating.is_not_distinct_from(after["rating"]),
            conversation.c.rated_at.is_not_distinct_from(_moment(after["rated_at"])),
        )
        .values(closed_at=_moment(before["closed_at"]), rating=before["rating"], rated_at=_moment(before["rated_at"]))
    )


async def update_totals(session: AsyncSession, tenant_id: UUID, customers: Sequence[UUID]) -> None:
    """The sums of the orders that are left."""
    if not customers:
        return
    mine = and_(sales_order.c.tenant_id == tenant_id, sales_order.c.customer_id == customer.c.id)
    orders = and_(mine, sales_order.c.kind == "order")

    def of(value: ColumnElement[Any], rows: ColumnElement[bool]) -> Any:
        return select(value).where(rows).correlate(customer).scalar_subquery()

    await session.execute(
        update(customer)
        .where(customer.c.tenant_id == tenant_id, customer.c.id == func.any(list(customers)))
        .values(
            total_spent=of(func.coalesce(func.sum(sales_order.c.total), 0), mine),
            order_count=of(func.count(), orders),
            last_order_at=of(func.max(sales_order.c.placed_at), orders),
        )
    )


async def map_customers(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The traits as they are now."""
    found = await session.execute(
        select(customer.c.id, customer.c.name, customer.c.email, customer.c.country, customer.c.first_seen_at).where(
            customer.c.tenant_id == tenant_id, customer.c.id == func.any(list(ids))
        )
    )
    return {
        identity: {"name": name, "email": email, "country": country, "first_seen_at": first_seen_at.isoformat()}
        for identity, name, email, country, first_seen_at in found
    }


async def map_first_seen(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """The earliest of what is left about each customer; those of whom nothing is left are absent."""

    def earliest(source: Any, column: ColumnElement[Any]) -> Any:
        return (
            select(source.c.customer_id, func.min(column).label("at"))
            .where(source.c.tenant_id == tenant_id, source.c.customer_id == func.any(list(ids)))
            .group_by(source.c.customer_id)
        )

    parts = union_all(
        earliest(event, event.c.occurred_at),
        earliest(sales_order, sales_order.c.placed_at),
        earliest(conversation, conversation.c.opened_at),
    ).subquery()
    found = await session.execute(select(parts.c.customer_id, func.min(parts.c.at)).group_by(parts.c.customer_id))
    return {row[0]: row[1] for row in found}


async def update_customer(session: AsyncSession, tenant_id: UUID, identity: UUID, traits: dict[str, Any]) -> None:
    await session.execute(
        update(customer)
        .where(customer.c.tenant_id == tenant_id, customer.c.id == identity)
        .values(
            name=traits["name"],
            name_key=sort_key(traits["name"]),
            email=traits["email"],
            country=traits["country"],
            first_seen_at=_moment(traits["first_seen_at"]),
        )
    )


async def delete_customers(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID]) -> None:
    if ids:
        await session.execute(
            delete(customer).where(customer.c.tenant_id == tenant_id, customer.c.id == func.any(list(ids)))
        )


def _moment(given: str | None) -> datetime | None:
    return None if given is None else datetime.fromisoformat(given)
