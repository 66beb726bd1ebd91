"""Walks the events of all customers again, after the stages or rules have changed."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from api.jobs.contracts import JobRun
from api.jobs.repository import set_summary
from api.journeys import repository
from api.journeys.service import rebuild_spells
from api.metrics.buckets import EARLIEST
from api.metrics.repository import raise_revision
from api.streams.hub import Hub
from models.database import Database, Snapshot

KIND: Final = "journeys.rebuild"
BATCH: Final = 500
NOBODY: Final = UUID(int=0)


async def is_rebuilding(snapshot: Snapshot) -> bool:
    return await repository.has_open_job(snapshot, KIND)


class Rebuild:
    """Some customers a transaction. Another turn begins at the first again: walking twice gives the same."""

    def __init__(self, database: Database, hub: Hub, now: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._now = now

    async def run(self, run: JobRun) -> None:
        async with self._database.reading(run.tenant_id) as snapshot:
            total = await repository.count_customers(snapshot)
        done, after = 0, NOBODY
        while True:
            await run.report(done, max(total, done))
            async with self._database.unit_of_work(run.tenant_id) as session:
                await run.hold(session)
                # For its lock: a consumer must not walk the same customers meanwhile.
                revision = await raise_revision(session, run.tenant_id)
                customers = await repository.list_customers_after(session, run.tenant_id, after, BATCH)
                await rebuild_spells(session, run.tenant_id, [(customer, EARLIEST) for customer in customers])
                if len(customers) < BATCH:
                    summary = f"The ways of {done + len(customers):,} customers were walked again."
                    await set_summary(session, run.tenant_id, run.job_id, summary)
            await self._hub.announce(run.tenant_id, revision)
            done += len(customers)
            if len(customers) < BATCH:
                await run.report(done, done)
                return
            after = customers[-1]
