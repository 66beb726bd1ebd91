"""SQL of one person: who they are, what is theirs, and everything about them as rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import LargeBinary, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.privacy.contracts import Person, Talk
from api.privacy.place_repository import list_staged_keys, table_of, where
from api.privacy.words import Words, words_of
from models import Conversation, Customer, Event, SalesOrder, SubjectKey
from models.base import table
from models.personal import PLACES, Place, Reach

RECENT: Final = timedelta(hours=48)
"""As long as the first answers to mutations are kept, and so the senders' ids in them."""

customer = table(Customer)
event = table(Event)
sales_order = table(SalesOrder)
conversation = table(Conversation)
subject_key = table(SubjectKey)


async def find_external_id(session: AsyncSession, tenant_id: UUID, customer_id: UUID) -> str | None:
    statement = select(customer.c.external_id).where(customer.c.tenant_id == tenant_id, customer.c.id == customer_id)
    found: str | None = (await session.execute(statement)).scalar_one_or_none()
    return found


async def find_person(
    session: AsyncSession, tenant_id: UUID, customer_id: UUID, now: datetime
) -> tuple[Person, Words] | None:
    """Locked until the transaction ends."""
    statement = select(customer.c.external_id, customer.c.name, customer.c.email).where(
        customer.c.tenant_id == tenant_id, customer.c.id == customer_id
    )
    row = (await session.execute(statement.with_for_update())).first()
    if row is None:
        return None
    talks = await session.execute(
        _own(conversation, tenant_id, customer_id, "id", "source", "external_id").order_by(conversation.c.id)
    )
    orders = await session.execute(_own(sales_order, tenant_id, customer_id, "id"))
    events = await session.execute(_own(event, tenant_id, customer_id, "id"))
    recent = await session.execute(
        _own(event, tenant_id, customer_id, "message_id").where(event.c.received_at > now - RECENT)
    )
    key = await session.execute(_own(subject_key, tenant_id, customer_id, "id"))
    person = Person(
        customer_id,
        row.external_id,
        row.name,
        row.email,
        tuple(Talk(*talk) for talk in talks),
        tuple(orders.scalars()),
        tuple(events.scalars()),
        tuple(recent.scalars()),
        key.scalar_one_or_none(),
    )
    words = words_of(person)
    staged = await list_staged_keys(session, tenant_id, words)
    return person, replace(words, staged=tuple(staged))


def _own(source: Any, tenant_id: UUID, customer_id: UUID, *columns: str) -> Select[Any]:
    return select(*(source.c[name] for name in columns)).where(
        source.c.tenant_id == tenant_id, source.c.customer_id == customer_id
    )


async def list_rows(
    session: AsyncSession, tenant_id: UUID, name: str, place: Place, person: Person, words: Words
) -> Sequence[dict[str, Any]]:
    """What is held of them in one table, without files and keys."""
    source = table_of(name)
    columns = [
        column for column in source.columns if column.name != "tenant_id" and not isinstance(column.type, LargeBinary)
    ]
    statement = select(*columns).where(where(name, place, tenant_id, person, words)).order_by(*source.primary_key)
    return [dict(row._mapping) for row in await session.execute(statement)]


REACHED: Final = {name: place for name, place in PLACES.items() if place.reach is not Reach.NOBODY}
"""The tables that can hold something of a customer."""
SHOWN: Final = {name: place for name, place in REACHED.items() if place.reach is not Reach.FILES}
"""Without what is made of the others."""
