"""From a message of a stream to deliveries: one for each endpoint that asked and each subject, in its transaction."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.jobs.queue import enqueue
from api.jobs.repository import has_live_job
from api.streams.topics import Topic
from api.webhooks import repository
from api.webhooks.contracts import SEND, SYSTEM
from api.webhooks.delivery_repository import insert_deliveries
from api.webhooks.events import event_of, subjects_of

Effect = Callable[[AsyncSession, UUID, dict[str, Any], datetime], Awaitable[None]]


def telling(topic: Topic, effect: Effect) -> Effect:
    """The effect, and then its endpoints are told: together or not at all, and once however often the message comes."""
    event = event_of(topic)
    if event is None:
        return effect

    async def both(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
        await effect(session, tenant_id, payload, now)
        subjects = None
        for endpoint_id, wanted in await repository.list_enabled(session, tenant_id):
            if event.value in wanted:
                subjects = subjects if subjects is not None else subjects_of(event, payload)
                await insert_deliveries(session, tenant_id, endpoint_id, event.value, subjects, now)
                await ask_for_sending(session, tenant_id, endpoint_id, now)

    return both


async def ask_for_sending(session: AsyncSession, tenant_id: UUID, endpoint_id: UUID, now: datetime) -> None:
    """One job an endpoint is enough: it sends whatever is due. What it misses at its very end, the dispatcher finds."""
    if not await has_live_job(session, tenant_id, SEND, endpoint_id):
        await enqueue(session, tenant_id, SEND, endpoint_id, actor=SYSTEM, now=now)
