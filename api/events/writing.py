"""Writes the accepted events of one batch with the records they carry, and says which metrics changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.events import customers
from api.events import ingest_repository as repository
from api.events.consent import said
from api.events.consent_repository import apply_profiling, upsert_consent
from api.events.contracts import Verdict, VerdictStatus
from api.events.messages import Accepted, messages_of
from api.events.records import Cancelled, ConversationClosed, ConversationOpened, MessageSent, Order
from api.events.validation import Prepared, reject
from api.metrics.contracts import Change, MetricsChanged
from api.streams.topics import Payload
from models.base import new_id

Key = repository.Key


@dataclass(frozen=True, slots=True)
class Closing:
    """The last of a batch's closings of one conversation, and the last of them with a rating."""

    closed_at: datetime | None = None
    rating: int | None = None
    rated_at: datetime | None = None

    def then(self, at: datetime, rating: int | None) -> "Closing":
        closed_at = at if self.closed_at is None else max(at, self.closed_at)
        newer = rating is not None and (
            self.rating is None or self.rated_at is None or (at, rating) > (self.rated_at, self.rating)
        )
        return Closing(closed_at, rating, at) if newer else Closing(closed_at, self.rating, self.rated_at)


async def write(
    session: AsyncSession,
    tenant_id: UUID,
    fresh: Sequence[Prepared],
    verdicts: dict[int, Verdict],
    *,
    received_at: datetime,
) -> list[Payload]:
    """Adds a verdict for each of the fresh events to `verdicts`; gives the messages that they set off."""
    fresh = await _refuse_known_orders(session, tenant_id, fresh, verdicts)
    conversations = await _map_conversations(session, tenant_id, fresh)
    fresh = await _refuse_odd_conversations(session, tenant_id, fresh, conversations, verdicts)
    customer_ids = await _upsert_customers(session, tenant_id, fresh)

    def customer_of(item: Prepared) -> UUID | None:
        return None if item.event.customer is None else customer_ids[item.event.customer.external_id]

    rows = [
        (
            item.id, (event := item.event).source, event.message_id, event.name, customer_of(item), item.occurred_at,
            item.properties,
        )
        for item in fresh
    ]  # fmt: skip
    await repository.insert_events(session, tenant_id, rows, received_at)
    carrying = [item for item in fresh if item.record is not None]
    owners = {item.id: customer_of(item) for item in carrying}
    await _write_orders(session, tenant_id, carrying, owners)
    await _write_conversations(session, tenant_id, carrying, conversations, owners)
    await _write_consents(session, tenant_id, fresh, customer_ids, received_at)
    for item in fresh:
        verdicts[item.index] = Verdict(
            item.index, item.event.message_id, VerdictStatus.ACCEPTED, warnings=item.warnings
        )
    changes = changes_of(fresh)
    messages = messages_of([_accepted(item, customer_of(item), conversations) for item in fresh])
    return [MetricsChanged(tuple(changes)), *messages] if changes else messages


async def _write_consents(
    session: AsyncSession,
    tenant_id: UUID,
    fresh: Sequence[Prepared],
    customer_ids: Mapping[str, UUID],
    received_at: datetime,
) -> None:
    rows = [
        (customer_ids[item.event.customer.external_id], purpose.value, agrees, item.occurred_at, item.event.source)
        for item in fresh
        if item.event.customer is not None
        for purpose, agrees in said(item.event).items()
    ]
    if rows:
        await upsert_consent(session, tenant_id, rows)
        await apply_profiling(session, tenant_id, [row[0] for row in rows], received_at)


def _accepted(item: Prepared, customer_id: UUID | None, conversations: Mapping[Key, UUID]) -> Accepted:
    conversation_id = None
    if isinstance(item.record, ConversationOpened | MessageSent | ConversationClosed):
        conversation_id = conversations[item.event.source, item.record.conversation_id]
    return Accepted(item.occurred_at, customer_id, conversation_id, isinstance(item.record, Order))


def changes_of(accepted: Sequence[Prepared]) -> list[Change]:
    """What the accepted events add to each additive metric, minute by minute."""
    amounts: dict[tuple[str, datetime], int] = defaultdict(int)
    for item in accepted:
        minute = item.occurred_at.replace(second=0, microsecond=0)
        amounts["events", minute] += 1
        if item.record is None:
            continue
        if isinstance(item.record, Order):
            amounts["revenue", minute] += item.record.total
            amounts["orders", minute] += not isinstance(item.record, Cancelled)
        elif isinstance(item.record, ConversationOpened):
            amounts["conversations", minute] += 1
    return [Change(metric, minute, amount) for (metric, minute), amount in amounts.items() if amount]


async def _refuse_known_orders(
    session: AsyncSession, tenant_id: UUID, fresh: Sequence[Prepared], verdicts: dict[int, Verdict]
) -> list[Prepared]:
    keys = [(item.event.source, item.record.order_id) for item in fresh if isinstance(item.record, Order)]
    taken = await repository.list_known_orders(session, tenant_id, keys)
    kept = []
    for item in fresh:
        if isinstance(item.record, Order):
            key = (item.event.source, item.record.order_id)
            if key in taken:
                text = "There is an order with this id from this source."
                path = ("properties", "orderId")
                verdicts[item.index] = reject(item.index, item.event, "ALREADY_EXISTS", path, text)
                continue
            taken.add(key)
        kept.append(item)
    return kept


async def _map_conversations(session: AsyncSession, tenant_id: UUID, fresh: Sequence[Prepared]) -> dict[Key, UUID]:
    keys = {
        (item.event.source, item.record.conversation_id)
        for item in fresh
        if isinstance(item.record, ConversationOpened | MessageSent | ConversationClosed)
    }
    return await repository.map_conversations(session, tenant_id, sorted(keys))


async def _refuse_odd_conversations(
    session: AsyncSession,
    tenant_id: UUID,
    fresh: Sequence[Prepared],
    conversations: dict[Key, UUID],
    verdicts: dict[int, Verdict],
) -> list[Prepared]:
    """Openings of known conversations, and words in unknown ones. Adds the opened ones to `conversations`."""
    refused: set[int] = set()

    def refuse(item: Prepared, code: str, field: str, text: str) -> None:
        verdicts[item.index] = reject(item.index, item.event, code, ("properties", field), text)
        refused.add(item.index)

    for item in fresh:
        if isinstance(item.record, ConversationOpened):
            key = (item.event.source, item.record.conversation_id)
            if key in conversations:
                refuse(item, "ALREADY_EXISTS", "conversationId", "This conversation is open already.")
            else:
                conversations[key] = new_id()
    spoken = [
        (conversations[key], item.record.message_id)
        for item in fresh
        if isinstance(item.record, MessageSent)
        and (key := (item.event.source, item.record.conversation_id)) in conversations
    ]
    known = await repository.list_known_chat_messages(session, tenant_id, spoken)
    for item in fresh:
        if isinstance(item.record, MessageSent | ConversationClosed):
            key = (item.event.source, item.record.conversation_id)
            if key not in conversations:
                refuse(item, "UNKNOWN_CONVERSATION", "conversationId", "This conversation was never opened.")
            elif isinstance(item.record, MessageSent):
                word = (conversations[key], item.record.message_id)
                if word in known:
                    refuse(item, "ALREADY_EXISTS", "messageId", "This conversation has a message with this id.")
                known.add(word)
    return [item for item in fresh if item.index not in refused]


async def _upsert_customers(session: AsyncSession, tenant_id: UUID, fresh: Sequence[Prepared]) -> Mapping[str, UUID]:
    given = [(item.event.customer, item.occurred_at) for item in fresh if item.event.customer is not None]
    known = await customers.upsert(session, tenant_id, given)
    return {external_id: customer.id for external_id, customer in known.items()}


async def _write_orders(
    session: AsyncSession, tenant_id: UUID, fresh: Sequence[Prepared], customers: Mapping[UUID, UUID | None]
) -> None:
    orders: list[Sequence[object]] = []
    lines: list[Sequence[object]] = []
    spent: dict[UUID, int] = defaultdict(int)
    counts: dict[UUID, int] = defaultdict(int)
    latest: dict[UUID, datetime] = {}
    for item in fresh:
        record = item.record
        if not isinstance(record, Order):
            continue
        order_id, customer_id = new_id(), customers[item.id]
        kind = "cancellation" if isinstance(record, Cancelled) else "order"
        total = record.total
        orders.append(
            (tenant_id, order_id, item.event.source, record.order_id, customer_id, kind, item.occurred_at, total)
        )
        lines.extend(
            (tenant_id, order_id, number, line.sku, line.description, line.quantity, line.unit_amount, line.total)
            for number, line in enumerate(record.lines, start=1)
        )
        if customer_id is not None:
            spent[customer_id] += total
            if kind == "order":
                counts[customer_id] += 1
                latest[customer_id] = max(item.occurred_at, latest.get(customer_id, item.occurred_at))
    await repository.insert_orders(session, orders, lines)
    await repository.add_to_customers(
        session, tenant_id, [(key, amount, counts[key], latest.get(key)) for key, amount in spent.items()]
    )


async def _write_conversations(
    session: AsyncSession,
    tenant_id: UUID,
    fresh: Sequence[Prepared],
    conversations: Mapping[Key, UUID],
    customers: Mapping[UUID, UUID | None],
) -> None:
    opened, said = [], []
    closings: dict[UUID, Closing] = {}
    for item in fresh:
        match item.record:
            case ConversationOpened() as record:
                identity = conversations[item.event.source, record.conversation_id]
                opened.append(
                    (
                        tenant_id, identity, item.event.source, record.conversation_id, customers[item.id],
                        record.channel, record.subject, item.occurred_at,
                    )
                )  # fmt: skip
            case MessageSent() as record:
                identity = conversations[item.event.source, record.conversation_id]
                said.append(
                    (tenant_id, new_id(), identity, record.message_id, record.author, item.occurred_at, record.body)
                )
            case ConversationClosed() as record:
                identity = conversations[item.event.source, record.conversation_id]
                closings[identity] = closings.get(identity, Closing()).then(item.occurred_at, record.rating)
    await repository.insert_conversations(session, opened)
    await repository.insert_messages(session, said)
    closed = [(key, closing.closed_at, closing.rating, closing.rated_at) for key, closing in closings.items()]
    await repository.close_conversations(session, tenant_id, closed)
