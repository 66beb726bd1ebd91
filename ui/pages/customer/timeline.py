"""Merges a customer's orders, events and conversations into one list, newest first, a step at a time.

Each list arrives in pages of its own. Only what is newer than the oldest row of every list that goes on can be placed
for certain; the rest is asked for again with the next step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ui.pages.customer.data import Conversation, Cursors, Customer, Event, Order
from ui.records import PageInfo

# Ingest writes these as orders and conversations too, so the timeline shows them as what they are.
RECORDED = frozenset(
    {"order_completed", "order_cancelled", "conversation_opened", "message_sent", "conversation_closed"}
)
BEGINNING = datetime.min.replace(tzinfo=UTC)

Item = Order | Event | Conversation


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    cursor: str
    item: Item


@dataclass(frozen=True, slots=True)
class Step:
    entries: Sequence[Entry]
    after: Cursors
    more: bool


def step(customer: Customer, shown: Cursors) -> Step:
    orders = [Entry(edge.node.placed_at, edge.cursor, edge.node) for edge in customer.orders.edges]
    events = [Entry(edge.node.occurred_at, edge.cursor, edge.node) for edge in customer.events.edges]
    conversations = [Entry(edge.node.opened_at, edge.cursor, edge.node) for edge in customer.conversations.edges]
    certain = max(
        _known_from(orders, customer.orders.page_info),
        _known_from(events, customer.events.page_info),
        _known_from(conversations, customer.conversations.page_info),
    )
    lists = (orders, events, conversations)
    placed = [[entry for entry in entries if entry.at >= certain] for entries in lists]
    entries = sorted((entry for one in placed for entry in one if not _recorded(entry.item)), key=_newest_first)
    after = Cursors(
        orders=placed[0][-1].cursor if placed[0] else shown.orders,
        events=placed[1][-1].cursor if placed[1] else shown.events,
        conversations=placed[2][-1].cursor if placed[2] else shown.conversations,
    )
    infos = (customer.orders.page_info, customer.events.page_info, customer.conversations.page_info)
    left = any(len(some) < len(every) for some, every in zip(placed, lists, strict=True))
    return Step(entries, after, more=left or any(info.has_next_page for info in infos))


def _known_from(entries: Sequence[Entry], info: PageInfo) -> datetime:
    return entries[-1].at if info.has_next_page and entries else BEGINNING


def _recorded(item: Item) -> bool:
    return isinstance(item, Event) and item.name in RECORDED


def _newest_first(entry: Entry) -> float:
    return -entry.at.timestamp()
