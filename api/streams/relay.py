"""Moves outbox messages to their stream, and by itself to their consumer when the stream cannot be reached.

It works for one tenant after the other, each in a transaction of its own with that tenant bound.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from api.streams import outbox
from api.streams.connection import UNREACHABLE, stop_if_cancelled
from api.streams.delivery import Delivery
from api.streams.pause import Pause
from api.streams.stream import Stream
from api.streams.topics import Topic
from models import Tenant
from models.base import table
from models.database import Database

SWEEP_SECONDS: Final = 1.0
TIDY_EVERY: Final = timedelta(hours=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

log = logging.getLogger(__name__)


class Relay:
    def __init__(self, database: Database, stream: Stream, delivery: Delivery, now: Callable[[], datetime]) -> None:
        self._database = database
        self._stream = stream
        self._delivery = delivery
        self._now = now
        self._woken: set[UUID] = set()
        self._wake = asyncio.Event()
        self._pause = Pause()
        self._tidied: dict[UUID, datetime] = {}

    def wake(self, tenant_id: UUID) -> None:
        """Says that this tenant has something waiting; without it the next sweep finds it."""
        self._woken.add(tenant_id)
        self._wake.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        next_sweep = loop.time()
        while True:
            stop_if_cancelled()
            try:
                woken, self._woken = self._woken, set()
                self._wake.clear()
                if loop.time() >= next_sweep:
                    next_sweep = loop.time() + SWEEP_SECONDS
                    woken.update(await self._tenants())
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("the relay could not reach the database: %s", type(error).__name__)
            for tenant_id in woken:
                await self._relay_or_wait(tenant_id)
            try:
                async with asyncio.timeout(max(0.05, next_sweep - loop.time())):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _relay_or_wait(self, tenant_id: UUID) -> None:
        """What fails for one tenant must not keep the others waiting; the next sweep tries again."""
        try:
            await self.relay(tenant_id)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("the relay of tenant %s waits for the database: %s", tenant_id, type(error).__name__)

    async def relay(self, tenant_id: UUID) -> None:
        """Publishes what is new; hands over what could not be published, or had no effect in time; buries what had none
        after the last try."""
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            if now - self._tidied.get(tenant_id, EPOCH) > TIDY_EVERY:
                await outbox.forget_processed(session, tenant_id, now)
                await outbox.forget_dead_letters(session, tenant_id, now)
                self._tidied[tenant_id] = now
            taken = await outbox.take_waiting(session, tenant_id, now)
            dead = [message for message in taken if message.attempts >= outbox.MAXIMUM_ATTEMPTS]
            waiting = [message for message in taken if message.attempts < outbox.MAXIMUM_ATTEMPTS]
            await outbox.bury(session, tenant_id, dead, now)
            fresh = [message for message in waiting if message.published_at is None]
            published = await self._publish(tenant_id, fresh)
            if published:
                await outbox.mark_published(session, tenant_id, published, now)
        for message in waiting:
            if message.id not in published:
                await self._delivery.deliver(Topic(message.topic), tenant_id, message.id, message.payload)

    async def _publish(self, tenant_id: UUID, messages: Sequence[outbox.Waiting]) -> list[UUID]:
        published: list[UUID] = []
        if self._pause.lasts:
            return published
        try:
            for message in messages:
                await self._stream.add(Topic(message.topic), tenant_id, message.id, message.payload)
                published.append(message.id)
        except UNREACHABLE as error:
            self._pause.begin()
            log.debug("the stream cannot be reached: %s", type(error).__name__)
        return published

    async def _tenants(self) -> list[UUID]:
        async with self._database.directory() as session:
            return list((await session.execute(select(table(Tenant).c.id))).scalars())
