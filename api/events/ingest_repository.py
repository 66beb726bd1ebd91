"""SQL of ingest. The caller holds the tenant's ingest lock, so what is looked up stays true until the commit."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, and_, case, cast, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.dead_letters.repository import has_waiting_events
from api.events.contracts import PolicyRecord
from models import (
    Conversation,
    Customer,
    Erased,
    ErasureSalt,
    Event,
    IngestPolicy,
    Message,
    OrderLine,
    SalesOrder,
    TenantLimit,
)
from models.base import table
from models.bulk import as_table, insert_rows
from models.relations import columns_of

event = table(Event)
policy = table(IngestPolicy)
customer = table(Customer)
sales_order = table(SalesOrder)
order_line = table(OrderLine)
conversation = table(Conversation)
message = table(Message)
erased = table(Erased)
salt = table(ErasureSalt)
limit = table(TenantLimit)

Key = tuple[str, str]
"""(source, the sender's own id)"""


async def lock_ingest(session: AsyncSession, tenant_id: UUID) -> None:
    """One batch of a tenant at a time: no two can accept the same message, or lock customers crosswise."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"ingest {tenant_id}", 0))))


async def get_policy(session: AsyncSession, tenant_id: UUID) -> tuple[PolicyRecord, bool, bytes | None]:
    """The policy, whether rejected events wait that an accepted one could settle, and the salt of who was erased."""
    of_tenant = policy.c.tenant_id == tenant_id
    statement = select(
        func.least(
            select(policy.c.maximum_age_days).where(of_tenant).scalar_subquery(),
            select(limit.c.event_days).where(limit.c.tenant_id == tenant_id).scalar_subquery(),
        ),
        func.coalesce(select(policy.c.schema_revision).where(of_tenant).scalar_subquery(), 0),
        has_waiting_events(tenant_id),
        select(salt.c.salt).where(salt.c.tenant_id == tenant_id).scalar_subquery(),
    )
    days, revision, has_waiting, erasure_salt = (await session.execute(statement)).one()
    return PolicyRecord(days, revision), has_waiting, erasure_salt


async def list_erased(session: AsyncSession, tenant_id: UUID, fingerprints: Collection[bytes]) -> set[bytes]:
    """Those of them that are of somebody who was erased."""
    wanted = cast(list(fingerprints), ARRAY(LargeBinary()))
    statement = select(erased.c.fingerprint).where(
        erased.c.tenant_id == tenant_id, erased.c.fingerprint == func.any(wanted)
    )
    return set((await session.execute(statement)).scalars())


async def list_known_messages(session: AsyncSession, tenant_id: UUID, keys: Sequence[Key]) -> set[Key]:
    return await _known(session, event, "message_id", tenant_id, keys)


async def list_known_orders(session: AsyncSession, tenant_id: UUID, keys: Sequence[Key]) -> set[Key]:
    return await _known(session, sales_order, "external_id", tenant_id, keys)


async def map_conversations(session: AsyncSession, tenant_id: UUID, keys: Sequence[Key]) -> dict[Key, UUID]:
    if not keys:
        return {}
    given = as_table([conversation.c.source, conversation.c.external_id], keys)
    found = await session.execute(
        select(conversation.c.source, conversation.c.external_id, conversation.c.id)
        .join(
            given,
            and_(conversation.c.source == given.c.source, conversation.c.external_id == given.c.external_id),
        )
        .where(conversation.c.tenant_id == tenant_id)
    )
    return {(source, external_id): identity for source, external_id, identity in found}


async def list_known_chat_messages(
    session: AsyncSession, tenant_id: UUID, keys: Sequence[tuple[UUID, str]]
) -> set[tuple[UUID, str]]:
    if not keys:
        return set()
    found = await session.execute(
        select(message.c.conversation_id, message.c.external_id).where(
            message.c.tenant_id == tenant_id, tuple_(message.c.conversation_id, message.c.external_id).in_(keys)
        )
    )
    return {(conversation_id, external_id) for conversation_id, external_id in found}


async def _known(session: AsyncSession, source: Any, column: str, tenant_id: UUID, keys: Sequence[Key]) -> set[Key]:
    if not keys:
        return set()
    given = as_table([source.c.source, source.c[column]], keys)
    found = await session.execute(
        select(source.c.source, source.c[column])
        .join(given, and_(source.c.source == given.c.source, source.c[column] == given.c[column]))
        .where(source.c.tenant_id == tenant_id)
    )
    return {(row[0], row[1]) for row in found}


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    id: UUID
    external_id: str
    name: str
    email: str | None
    country: str | None
    first_seen_at: datetime


async def map_customers(
    session: AsyncSession, tenant_id: UUID, external_ids: Iterable[str]
) -> dict[str, KnownCustomer]:
    given = as_table([customer.c.external_id], [(key,) for key in external_ids])
    statement = (
        select(*columns_of(KnownCustomer, customer))
        .join(given, customer.c.external_id == given.c.external_id)
        .where(customer.c.tenant_id == tenant_id)
    )
    return {row.external_id: KnownCustomer(*row) for row in await session.execute(statement)}


CUSTOMER_COLUMNS = (
    "tenant_id", "id", "external_id", "external_key", "name", "name_key", "email", "country", "first_seen_at",
    "total_spent", "order_count",
)  # fmt: skip


async def insert_customers(session: AsyncSession, rows: Sequence[Sequence[Any]]) -> None:
    await insert_rows(session, customer, CUSTOMER_COLUMNS, rows)


TRAITS = ("id", "name", "name_key", "email", "country", "first_seen_at")


async def update_customer_traits(session: AsyncSession, tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    given = as_table([customer.c[name] for name in TRAITS], rows)
    await session.execute(
        update(customer)
        .where(customer.c.tenant_id == tenant_id, customer.c.id == given.c.id)
        .values({name: given.c[name] for name in TRAITS[1:]})
    )


async def add_to_customers(session: AsyncSession, tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> None:
    """Rows of (customer id, spent, orders, time of the last order or None)."""
    if not rows:
        return
    columns = [customer.c.id, customer.c.total_spent, customer.c.order_count, customer.c.last_order_at]
    given = as_table(columns, rows)
    await session.execute(
        update(customer)
        .where(customer.c.tenant_id == tenant_id, customer.c.id == given.c.id)
        .values(
            total_spent=customer.c.total_spent + given.c.total_spent,
            order_count=customer.c.order_count + given.c.order_count,
            last_order_at=func.greatest(customer.c.last_order_at, given.c.last_order_at),
        )
    )


EVENT_COLUMNS = ("id", "source", "message_id", "name", "customer_id", "occurred_at", "properties")
ORDER_COLUMNS = ("tenant_id", "id", "source", "external_id", "customer_id", "kind", "placed_at", "total")
LINE_COLUMNS = ("tenant_id", "order_id", "number", "sku", "description", "quantity", "unit_amount", "total")
CONVERSATION_COLUMNS = (
    "tenant_id", "id", "source", "external_id", "customer_id", "channel", "subject", "opened_at",
)  # fmt: skip
MESSAGE_COLUMNS = ("tenant_id", "id", "conversation_id", "external_id", "author", "sent_at", "body")


async def insert_events(
    session: AsyncSession, tenant_id: UUID, rows: Sequence[Sequence[Any]], received_at: datetime
) -> None:
    same = {"tenant_id": tenant_id, "received_at": received_at}
    await insert_rows(session, event, EVENT_COLUMNS, rows, same=same)


async def insert_orders(session: AsyncSession, orders: Sequence[Sequence[Any]], lines: Sequence[Sequence[Any]]) -> None:
    await insert_rows(session, sales_order, ORDER_COLUMNS, orders)
    await insert_rows(session, order_line, LINE_COLUMNS, lines)


async def insert_conversations(session: AsyncSession, rows: Sequence[Sequence[Any]]) -> None:
    await insert_rows(session, conversation, CONVERSATION_COLUMNS, rows)


async def insert_messages(session: AsyncSession, rows: Sequence[Sequence[Any]]) -> None:
    await insert_rows(session, message, MESSAGE_COLUMNS, rows)


async def close_conversations(session: AsyncSession, tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> None:
    """Rows of (conversation id, closed at, rating and its moment, or None twice). The last closing stands, and the last
    one with a rating, in whatever order they come in."""
    if not rows:
        return
    columns = [conversation.c.id, conversation.c.closed_at, conversation.c.rating, conversation.c.rated_at]
    given = as_table(columns, rows)
    known, sent = conversation.c, given.c
    later = tuple_(sent.rated_at, sent.rating) > tuple_(known.rated_at, known.rating)
    newer = and_(sent.rated_at.is_not(None), or_(known.rated_at.is_(None), later))
    await session.execute(
        update(conversation)
        .where(conversation.c.tenant_id == tenant_id, conversation.c.id == given.c.id)
        .values(
            closed_at=func.greatest(known.closed_at, sent.closed_at),
            rating=case((newer, sent.rating), else_=known.rating),
            rated_at=case((newer, sent.rated_at), else_=known.rated_at),
        )
    )
