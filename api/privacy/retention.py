"""Deletes raw events that are older than their tenant keeps them: looked for every hour, done by a job."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.bulk.repository import delete_expired
from api.events.ingest_repository import lock_ingest
from api.jobs.contracts import JobRun
from api.jobs.queue import enqueue
from api.jobs.repository import has_live_job, set_summary
from api.metrics.buckets import Bucket, floor
from api.privacy import file_repository, request_repository
from api.privacy.contracts import SYSTEM, UPLOADS_KEPT
from api.privacy.retention_repository import delete_some, has_older
from api.streams.connection import stop_if_cancelled
from api.tenants.limits_repository import get_limits, set_kept_from
from api.tenants.repository import get_tenant, list_tenant_ids
from models.database import Database

RETENTION_JOB: Final = "privacy.retention"
EVERY_SECONDS: Final = 3600.0
UNREACHABLE: Final = (SQLAlchemyError, OSError, TimeoutError)

log = logging.getLogger(__name__)


class Retention:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def watch(self) -> None:
        while True:
            stop_if_cancelled()
            try:
                for tenant_id in await list_tenant_ids(self._database):
                    await self.look(tenant_id)
            except UNREACHABLE as error:
                log.warning("what is too old waits for the database: %s", type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self, tenant_id: UUID) -> UUID | None:
        """The job that was asked for, if something is too old. Files that nobody can fetch any more go at once."""
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            await request_repository.forget_files(session, tenant_id, now)
            await delete_expired(session, tenant_id, now)
            await file_repository.forget_uploads(session, tenant_id, now - UPLOADS_KEPT)
            before = await self._kept_from(session, tenant_id)
            if before is None or not await has_older(session, tenant_id, before):
                return None
            if await has_live_job(session, tenant_id, RETENTION_JOB, tenant_id):
                return None
            return await enqueue(session, tenant_id, RETENTION_JOB, tenant_id, actor=SYSTEM, now=now)

    async def run(self, job: JobRun) -> None:
        """Some events a transaction; the mark of what is gone moves first, so that no recount takes it for lost."""
        tenant_id, deleted, some = job.tenant_id, 0, -1
        while some:
            async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
                await job.hold(session)
                await lock_ingest(session, tenant_id)
                before = await self._kept_from(session, tenant_id)
                if before is None:
                    return
                await set_kept_from(session, tenant_id, before)
                some = await delete_some(session, tenant_id, before)
                deleted += some
                if not some:
                    await self._end(session, job, deleted, before)
            await job.report(deleted)

    async def _end(self, session: AsyncSession, job: JobRun, deleted: int, before: datetime) -> None:
        details = {"deleted": deleted, "before": before.isoformat()}
        await insert_entry(
            session, job.tenant_id, at=self._now(), actor=SYSTEM, action="events.retention", details=details
        )
        await set_summary(
            session, job.tenant_id, job.job_id, f"{deleted:,} events before {before:%Y-%m-%d} are deleted."
        )

    async def _kept_from(self, session: AsyncSession, tenant_id: UUID) -> datetime | None:
        """A midnight of the tenant's, so that no bucket of a metric is cut. What is gone stays gone."""
        limits = await get_limits(session, tenant_id)
        if limits.event_days is None:
            return None
        tenant = await get_tenant(session, tenant_id)
        moment = floor(tenant.now(self._now()) - timedelta(days=limits.event_days), Bucket.DAY, tenant.zone)
        return moment if limits.events_kept_from is None else max(moment, limits.events_kept_from)
