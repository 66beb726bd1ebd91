"""SQL of what models learn from, by when it was known.

A record is known since it was received; what was received up to `complete_until` is a history that was loaded at once
and is taken as known when it happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Uuid,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from models import Event, JourneySpell, JourneyStage, SalesOrder
from models.base import Timestamp, table
from models.database import AnyRow, Snapshot

event = table(Event)
sales_order = table(SalesOrder)
spell = table(JourneySpell)
stage = table(JourneyStage)

ORDERED: Final = ("order_completed", "order_cancelled")
STARTED: Final = "subscription_started"
CANCELLED: Final = "subscription_cancelled"
TALKED: Final = "conversation_opened"
NO_EVENTS: Final = (*ORDERED, "message_sent", "conversation_closed")
"""Counted as orders and conversations, not a second time as events."""
EPOCH: Final = date(1970, 1, 1)
EXIT: Final = -1


@dataclass(frozen=True, slots=True)
class Known:
    """What is to be known, when, by whose days, and of which customers (all when None)."""

    as_of: datetime
    complete_until: datetime | None
    zone: str
    customers: Sequence[UUID] | None = None

    def since(self, occurred: ColumnElement[Any], received: ColumnElement[Any]) -> ColumnElement[Any]:
        late = func.greatest(occurred, func.coalesce(received, occurred))
        if self.complete_until is None:
            return late
        return case((received <= literal(self.complete_until, Timestamp), occurred), else_=late)

    def day(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        local = cast(func.timezone(self.zone, moment), Date)
        return cast(local - literal(EPOCH, Date), Integer)

    def of(self, customer: ColumnElement[Any]) -> ColumnElement[bool]:
        if self.customers is None:
            return customer.is_not(None)
        return customer == func.any(cast(list(self.customers), ARRAY(Uuid)))


async def load_orders(snapshot: Snapshot, known: Known) -> Sequence[AnyRow]:
    """(customer, day, since which day it is known, total), cancellations below 0."""
    return await snapshot.rows(_orders(snapshot.tenant_id, known))


def _orders(tenant_id: UUID, known: Known) -> Select[Any]:
    carried = and_(
        event.c.tenant_id == tenant_id,
        event.c.customer_id == sales_order.c.customer_id,
        event.c.source == sales_order.c.source,
        event.c.name.in_(ORDERED),
        event.c.properties["orderId"].astext == sales_order.c.external_id,
    )
    since = known.since(sales_order.c.placed_at, event.c.received_at)
    return (
        select(
            sales_order.c.customer_id,
            known.day(sales_order.c.placed_at).label("day"),
            known.day(since).label("known"),
            sales_order.c.total,
        )
        .select_from(sales_order.outerjoin(event, carried))
        .where(sales_order.c.tenant_id == tenant_id, known.of(sales_order.c.customer_id), since <= known.as_of)
    )


async def count_guest_orders(snapshot: Snapshot, known: Known) -> int:
    """Orders that belong to nobody, and so to no model."""
    statement = select(func.count()).where(
        sales_order.c.tenant_id == snapshot.tenant_id,
        sales_order.c.customer_id.is_(None),
        sales_order.c.placed_at <= known.as_of,
    )
    return int(await snapshot.scalar(statement))


async def is_contractual(snapshot: Snapshot) -> bool:
    """Whether customers sign and give notice, so that leaving is said and need not be guessed from silence."""
    signed = exists().where(event.c.tenant_id == snapshot.tenant_id, event.c.name.in_((STARTED, CANCELLED)))
    return bool(await snapshot.scalar(select(signed)))


async def load_activity(snapshot: Snapshot, known: Known) -> Sequence[AnyRow]:
    """(customer, day, since which day it is known, 0 event, 1 order or 2 conversation, value of the order)."""
    since = known.since(event.c.occurred_at, event.c.received_at)
    events = select(
        event.c.customer_id,
        known.day(event.c.occurred_at).label("day"),
        known.day(since).label("known"),
        case((event.c.name == TALKED, 2), else_=0).label("kind"),
        literal(0).label("value"),
    ).where(
        event.c.tenant_id == snapshot.tenant_id,
        known.of(event.c.customer_id),
        event.c.name.not_in(NO_EVENTS),
        since <= known.as_of,
    )
    orders = _orders(snapshot.tenant_id, known).subquery("placed")
    bought = select(orders.c.customer_id, orders.c.day, orders.c.known, literal(1), orders.c.total).where(
        orders.c.total > 0
    )
    return await snapshot.rows(union_all(events, bought))


async def load_contracts(snapshot: Snapshot, known: Known) -> Sequence[AnyRow]:
    """(customer, day, since which day it is known, whether it is the end)."""
    since = known.since(event.c.occurred_at, event.c.received_at)
    statement = select(
        event.c.customer_id,
        known.day(event.c.occurred_at),
        known.day(since),
        (event.c.name == CANCELLED).label("ended"),
    ).where(
        event.c.tenant_id == snapshot.tenant_id,
        known.of(event.c.customer_id),
        event.c.name.in_((STARTED, CANCELLED)),
        since <= known.as_of,
    )
    return await snapshot.rows(statement)


async def list_stages(snapshot: Snapshot) -> list[str]:
    """The stages of the way, in order, without the exits."""
    statement = (
        select(stage.c.key)
        .where(stage.c.tenant_id == snapshot.tenant_id, stage.c.is_exit.is_(False))
        .order_by(stage.c.position)
    )
    return [row[0] for row in await snapshot.rows(statement)]


async def load_entries(snapshot: Snapshot, known: Known) -> Sequence[AnyRow]:
    """(customer, day, since which day it is known, stage), in their order. A spell is known with its event."""
    received = (
        select(func.min(event.c.received_at))
        .where(
            event.c.tenant_id == snapshot.tenant_id,
            event.c.customer_id == spell.c.customer_id,
            event.c.occurred_at == spell.c.entered_at,
        )
        .scalar_subquery()
    )
    since = known.since(spell.c.entered_at, received)
    statement = (
        select(spell.c.customer_id, known.day(spell.c.entered_at), known.day(since), spell.c.stage)
        .where(spell.c.tenant_id == snapshot.tenant_id, known.of(spell.c.customer_id), since <= known.as_of)
        .order_by(spell.c.entered_at, spell.c.left_at.asc().nulls_last())
    )
    return await snapshot.rows(statement)
