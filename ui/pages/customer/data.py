"""What one customer's page asks the API for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ui.client import ApiClient
from ui.records import Money, PageInfo, Record, TotalCount

STEP = 20


class Counted(Record):
    total_count: TotalCount


class Order(Record):
    id: str
    external_id: str
    kind: Literal["ORDER", "CANCELLATION"]
    placed_at: datetime
    total: Money
    lines: Counted


class Event(Record):
    id: str
    name: str
    source: str
    occurred_at: datetime


class Conversation(Record):
    id: str
    external_id: str
    channel: str
    subject: str
    opened_at: datetime
    closed_at: datetime | None = None
    rating: int | None = None
    messages: Counted


class OrderEdge(Record):
    cursor: str
    node: Order


class EventEdge(Record):
    cursor: str
    node: Event


class ConversationEdge(Record):
    cursor: str
    node: Conversation


class OrderPage(Record):
    edges: Sequence[OrderEdge]
    page_info: PageInfo


class EventPage(Record):
    edges: Sequence[EventEdge]
    page_info: PageInfo


class ConversationPage(Record):
    edges: Sequence[ConversationEdge]
    page_info: PageInfo


class Customer(Record):
    id: str
    external_id: str
    name: str
    email: str | None = None
    country: str | None = None
    first_seen_at: datetime
    order_count: int
    last_order_at: datetime | None = None
    total_spent: Money
    orders: OrderPage
    events: EventPage
    conversations: ConversationPage


class Zone(Record):
    time_zone: str
    name: str


class CustomerAnswer(Record):
    tenant: Zone
    customer: Customer | None = None


@dataclass(frozen=True, slots=True)
class Cursors:
    """How far each list has been shown; None is its beginning."""

    orders: str | None = None
    events: str | None = None
    conversations: str | None = None


async def load(client: ApiClient, customer_id: str, after: Cursors) -> CustomerAnswer:
    variables: dict[str, Any] = {
        "id": customer_id,
        "first": STEP,
        "ordersAfter": after.orders,
        "eventsAfter": after.events,
        "conversationsAfter": after.conversations,
    }
    return await client.run("CustomerPage", CustomerAnswer, variables)
