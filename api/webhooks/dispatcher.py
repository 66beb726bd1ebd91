"""Asks for jobs where something has become due, and tidies up: one tenant after the other, each in its transaction."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from api.jobs.repository import forget_succeeded
from api.streams.connection import stop_if_cancelled
from api.tenants.repository import list_tenant_ids
from api.webhooks import delivery_repository
from api.webhooks.contracts import SEND, DeliveryState
from api.webhooks.fanout import ask_for_sending
from api.webhooks.schedule import KEPT_WAITING
from models.database import Database

SWEEP_SECONDS: Final = 2.0
TIDY_EVERY: Final = timedelta(hours=1)
DELIVERED_KEPT: Final = timedelta(days=7)
DEAD_KEPT: Final = timedelta(days=30)
JOBS_KEPT: Final = timedelta(hours=1)
UNREACHABLE: Final = (SQLAlchemyError, OSError, TimeoutError)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

log = logging.getLogger(__name__)


class Dispatcher:
    def __init__(self, database: Database, now: Callable[[], datetime], sweep: float = SWEEP_SECONDS) -> None:
        self._database = database
        self._now = now
        self._sweep = sweep
        self._tidied: dict[UUID, datetime] = {}

    async def run(self) -> None:
        while True:
            stop_if_cancelled()
            try:
                tenants = await list_tenant_ids(self._database)
            except UNREACHABLE as error:
                tenants = []
                log.warning("webhooks wait for the database: %s", type(error).__name__)
            for tenant_id in tenants:
                await self._dispatch_or_wait(tenant_id)
            await asyncio.sleep(self._sweep)

    async def _dispatch_or_wait(self, tenant_id: UUID) -> None:
        """What fails for one tenant must not keep the others waiting; the next sweep tries again."""
        try:
            await self.dispatch(tenant_id)
        except UNREACHABLE as error:
            log.warning("webhooks of tenant %s wait for the database: %s", tenant_id, type(error).__name__)

    async def dispatch(self, tenant_id: UUID) -> None:
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            for endpoint_id in await delivery_repository.list_due_endpoints(session, tenant_id, now):
                await ask_for_sending(session, tenant_id, endpoint_id, now)
            if now - self._tidied.get(tenant_id, EPOCH) > TIDY_EVERY:
                await delivery_repository.bury_old(session, tenant_id, now - KEPT_WAITING, now)
                await delivery_repository.forget(session, tenant_id, DeliveryState.DELIVERED, now - DELIVERED_KEPT)
                await delivery_repository.forget(session, tenant_id, DeliveryState.DEAD, now - DEAD_KEPT)
                await forget_succeeded(session, tenant_id, SEND, now - JOBS_KEPT)
                self._tidied[tenant_id] = now
