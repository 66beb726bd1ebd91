"""Puts committed entries on their tenant's chain: who writes an entry waits for no other writer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from api.audit import seal_repository as repository
from api.audit.chain import Head, next_head
from api.streams.connection import stop_if_cancelled
from models.database import Database

SWEEP_SECONDS: Final = 5.0
AT_ONCE: Final = 1_000
TOLD_EVERY: Final = timedelta(minutes=10)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNREACHABLE: Final = (SQLAlchemyError, OSError, TimeoutError)

log = logging.getLogger(__name__)


class Sealer:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._told: dict[UUID, datetime] = {}

    async def watch(self, list_tenants: Callable[[], Awaitable[Sequence[UUID]]]) -> None:
        while True:
            stop_if_cancelled()
            try:
                tenants = await list_tenants()
            except UNREACHABLE as error:
                tenants = ()
                log.warning("the audit trail waits for the database: %s", type(error).__name__)
            for tenant_id in tenants:
                await self._seal_or_wait(tenant_id)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _seal_or_wait(self, tenant_id: UUID) -> None:
        """What fails for one tenant must not keep the others waiting; the next sweep tries again."""
        try:
            head = await self.seal(tenant_id)
        except UNREACHABLE as error:
            log.warning("the audit trail of tenant %s waits for the database: %s", tenant_id, type(error).__name__)
            return
        if head is not None:
            self._tell(tenant_id, head)

    async def seal(self, tenant_id: UUID) -> Head | None:
        """All that waits, some a transaction. The new head; None when nothing was added."""
        head: Head | None = None
        while (after := await self._seal_some(tenant_id)) is not None:
            head = after
        return head

    async def _seal_some(self, tenant_id: UUID) -> Head | None:
        async with self._database.unit_of_work(tenant_id) as session:
            waiting = await repository.list_waiting(session, tenant_id, 1)
            if not waiting or not await repository.is_alone(session, tenant_id):
                return None
            # Read after the lock: another process may have sealed what was seen before it.
            waiting = await repository.list_waiting(session, tenant_id, AT_ONCE)
            head = await repository.get_head(session, tenant_id)
            made = []
            for entry in waiting:
                head = next_head(head, tenant_id, entry)
                made.append((entry.id, head))
            if made:
                await repository.insert_seals(session, tenant_id, made)
            return head if made else None

    def _tell(self, tenant_id: UUID, head: Head) -> None:
        """In the log, which is kept elsewhere: an anchor that whoever changes the database cannot change."""
        now = self._now()
        if now - self._told.get(tenant_id, EPOCH) >= TOLD_EVERY:
            self._told[tenant_id] = now
            log.info("audit trail of tenant %s is sealed: %s", tenant_id, head)
