"""How a message has its effect once: claimed, done and numbered in one transaction, announced after it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.metrics import repository
from api.streams import outbox
from api.streams.hub import Hub
from models.database import Database

Effect = Callable[[AsyncSession, UUID, dict[str, Any], datetime], Awaitable[None]]
"""Takes (session, tenant id, payload, now); it works out its result anew from what is in the tables, so that it does
not matter in which order, or how often, messages come."""


class Consumer:
    """What its effect changes shows in metrics, so it raises their revision, whose row lock puts all consumers of a
    tenant one after the other: each sees what the one before has written. With `shows=False` it does neither."""

    def __init__(
        self,
        name: str,
        effect: Effect,
        database: Database,
        hub: Hub,
        now: Callable[[], datetime],
        *,
        shows: bool = True,
    ) -> None:
        self._name = name
        self._effect = effect
        self._database = database
        self._hub = hub
        self._now = now
        self._shows = shows

    async def handle(self, tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> None:
        now = self._now()
        revision = None
        async with self._database.unit_of_work(tenant_id) as session:
            if not await outbox.claim(session, tenant_id, self._name, message_id, now):
                return
            if self._shows:
                revision = await repository.raise_revision(session, tenant_id)
            await self._effect(session, tenant_id, payload, now)
        if revision is not None:
            await self._hub.announce(tenant_id, revision)
