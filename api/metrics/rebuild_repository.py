"""Sends every fact of a tenant to be worked out again: when an upgrade brings new ones, or its rules have changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.streams.outbox import insert_messages
from api.streams.topics import ConversationsTouched, CustomersActive, CustomersMoved, Payload
from models import Conversation, CustomerSession, Event
from models.base import table

SIZE: Final = 500
"""How many customers or conversations one message names."""

event = table(Event)
T = TypeVar("T")

conversation = table(Conversation)
customer_session = table(CustomerSession)


async def lacks_facts(session: AsyncSession, tenant_id: UUID) -> bool:
    """Whether there are events of customers that nobody made sessions of."""
    events = exists().where(event.c.tenant_id == tenant_id, event.c.customer_id.is_not(None))
    sessions = exists().where(customer_session.c.tenant_id == tenant_id)
    return bool((await session.execute(select(events & ~sessions))).scalar_one())


async def send_all(session: AsyncSession, tenant_id: UUID, now: datetime) -> int:
    """How many messages. Effects are worked out anew from the tables, so sending too much changes nothing."""
    sent = 0
    spans = await session.execute(
        select(event.c.customer_id, func.min(event.c.occurred_at), func.max(event.c.occurred_at))
        .where(event.c.tenant_id == tenant_id, event.c.customer_id.is_not(None))
        .group_by(event.c.customer_id)
        .order_by(event.c.customer_id)
    )
    for part in _parts([(key, begin, end) for key, begin, end in spans]):
        await insert_messages(session, tenant_id, [CustomersActive(part), CustomersMoved(part)], now)
        sent += 2
    found = await session.execute(
        select(conversation.c.id).where(conversation.c.tenant_id == tenant_id).order_by(conversation.c.id)
    )
    touched: list[Payload] = [ConversationsTouched(part) for part in _parts(list(found.scalars()))]
    await insert_messages(session, tenant_id, touched, now)
    return sent + len(touched)


def _parts(items: Sequence[T]) -> Iterator[tuple[T, ...]]:
    for begin in range(0, len(items), SIZE):
        yield tuple(items[begin : begin + SIZE])
