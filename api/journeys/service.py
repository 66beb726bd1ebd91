"""Keeps the spells of customers whose events may have moved them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.journeys import repository
from api.journeys.walking import Journey
from api.streams.topics import CustomersMoved


async def keep_spells(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
    """The effect of a CustomersMoved message."""
    spans = CustomersMoved.from_json(payload).spans
    await rebuild_spells(session, tenant_id, [(customer, begin) for customer, begin, _ in spans])


async def rebuild_spells(session: AsyncSession, tenant_id: UUID, begins: Sequence[tuple[UUID, datetime]]) -> None:
    """Walks each customer's way again from its moment on: where one goes depends on where one is, not on how one came
    there, so what lies before stays."""
    if not begins:
        return
    journey = Journey.of(
        await repository.list_stages(session, tenant_id), await repository.list_rules(session, tenant_id)
    )
    happenings = await repository.list_happenings(session, tenant_id, begins, sorted(journey.rules), journey.properties)
    before = await repository.take_spells(session, tenant_id, begins)
    walked = {customer: journey.walk(before.get(customer), happenings.get(customer, ())) for customer, _ in begins}
    await repository.insert_spells(session, tenant_id, walked)
