"""SQL of customers' sessions: events with less than half an hour between each and the next."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, case, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.streams.topics import CustomersActive
from models import CustomerSession, Event
from models.base import table
from models.bulk import as_table

GAP: Final = timedelta(minutes=30)
Span = tuple[UUID, datetime, datetime]

event = table(Event)
sessions = table(CustomerSession)
SPAN_COLUMNS: Final = (sessions.c.customer_id, sessions.c.started_at, sessions.c.ended_at)


async def keep_sessions(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
    """The effect of a CustomersActive message."""
    await rebuild_sessions(session, tenant_id, CustomersActive.from_json(payload).spans)


async def rebuild_sessions(session: AsyncSession, tenant_id: UUID, spans: Sequence[Span]) -> None:
    """Takes away every session that an event of its span could belong to, and makes those stretches anew: a late event
    may have joined two sessions into one."""
    if not spans:
        return
    given = as_table(SPAN_COLUMNS, spans)
    removed = await session.execute(
        delete(sessions)
        .where(
            sessions.c.tenant_id == tenant_id,
            sessions.c.customer_id == given.c.customer_id,
            sessions.c.ended_at > given.c.started_at - literal(GAP),
            sessions.c.started_at < given.c.ended_at + literal(GAP),
        )
        .returning(*SPAN_COLUMNS)
    )
    stretches = {customer: (begin, end) for customer, begin, end in spans}
    for customer, begin, end in removed:
        known = stretches[customer]
        stretches[customer] = min(begin, known[0]), max(end, known[1])
    await _insert_sessions(session, tenant_id, [(key, *stretch) for key, stretch in stretches.items()])


async def _insert_sessions(session: AsyncSession, tenant_id: UUID, stretches: Sequence[Span]) -> None:
    given = as_table(SPAN_COLUMNS, stretches)
    before = func.lag(event.c.occurred_at).over(partition_by=event.c.customer_id, order_by=event.c.occurred_at)
    events = (
        select(
            event.c.customer_id,
            event.c.occurred_at.label("at"),
            case((event.c.occurred_at - before < literal(GAP), 0), else_=1).label("begins"),
        )
        .join(
            given,
            and_(
                event.c.customer_id == given.c.customer_id,
                event.c.occurred_at >= given.c.started_at,
                event.c.occurred_at <= given.c.ended_at,
            ),
        )
        .where(event.c.tenant_id == tenant_id)
        .subquery("events")
    )
    number = func.sum(events.c.begins).over(partition_by=events.c.customer_id, order_by=events.c.at)
    numbered = select(events.c.customer_id, events.c.at, number.label("number")).subquery("numbered")
    await session.execute(
        insert(sessions).from_select(
            ["tenant_id", "customer_id", "started_at", "ended_at", "events"],
            select(
                literal(tenant_id),
                numbered.c.customer_id,
                func.min(numbered.c.at),
                func.max(numbered.c.at),
                func.count(),
            ).group_by(numbered.c.customer_id, numbered.c.number),
        )
    )
