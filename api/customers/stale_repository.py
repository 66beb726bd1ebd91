"""SQL of the customers whose segment or predictions wait to be worked out again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.streams.outbox import insert_message
from api.streams.topics import CustomersBought, CustomersToScore
from models import Customer, StaleCustomer
from models.base import table
from models.bulk import as_table

customer = table(Customer)
stale = table(StaleCustomer)


async def note_for_segments(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
    """The effect of a CustomersBought message: what moves somebody between segments moves predictions too."""
    spans = CustomersBought.from_json(payload).spans
    await insert_stale(session, tenant_id, [span[0] for span in spans], "segments", now)
    await insert_message(session, tenant_id, CustomersToScore(spans), now)


async def note_for_scores(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
    """The effect of a CustomersToScore message."""
    spans = CustomersToScore.from_json(payload).spans
    await insert_stale(session, tenant_id, [span[0] for span in spans], "scores", now)


async def insert_stale(
    session: AsyncSession, tenant_id: UUID, customers: Sequence[UUID], purpose: str, now: datetime
) -> None:
    """Whoever waits already keeps its place; a customer that was removed meanwhile is left out."""
    if not customers:
        return
    columns = [stale.c.customer_id, stale.c.purpose, stale.c.since]
    given = as_table(columns, [(key, purpose, now) for key in customers])
    chosen = (
        select(customer.c.tenant_id, customer.c.id, given.c.purpose, given.c.since)
        .join(given, customer.c.id == given.c.customer_id)
        .where(customer.c.tenant_id == tenant_id)
        .order_by(customer.c.id)  # so that two of these never wait for each other
    )
    await session.execute(
        insert(stale)
        .from_select(
            ["tenant_id", "customer_id", "purpose", "since"],
            chosen,
        )
        .on_conflict_do_nothing()
    )
