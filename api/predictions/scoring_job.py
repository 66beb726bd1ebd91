"""The job that scores every customer by one version."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from api.jobs.contracts import JobRun
from api.jobs.repository import set_summary
from api.predictions import drift_repository, repository, version_repository
from api.predictions.contracts import ModelKind, State
from api.predictions.drifting import drift_of
from api.predictions.history import load_history, local_day
from api.predictions.history_repository import Known
from api.predictions.scoring import score
from api.tenants.repository import get_tenant
from models.database import Database

BATCH: Final = 500


class Scoring:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def run(self, run: JobRun) -> None:
        """Written in batches: what is read meanwhile says of each prediction which version it is of."""
        tenant_id = run.tenant_id
        async with self._database.unit_of_work(tenant_id) as session:
            version = await version_repository.get_version(session, tenant_id, run.subject_id)
            tenant = await get_tenant(session, tenant_id)
        assert version is not None
        as_of = tenant.now(self._now())
        known = Known(as_of, version.complete_until, tenant.time_zone)
        await run.report(0)
        async with self._database.reading(tenant_id) as snapshot:
            parameters = await version_repository.get_parameters(snapshot, version.id)
            history = await load_history(snapshot, ModelKind(version.kind), known, parameters["method"])
        until, horizon = local_day(as_of, tenant.zone), version.horizon_days
        scored = await asyncio.to_thread(score, parameters, history, until, horizon, version.seed)
        drifted = await asyncio.to_thread(drift_of, parameters, history, until, horizon)
        for begin in range(0, len(scored), BATCH):
            await run.report(begin, len(scored))
            async with self._database.unit_of_work(tenant_id) as session:
                await run.hold(session)
                part = scored[begin : begin + BATCH]
                await repository.upsert_predictions(session, tenant_id, version.id, version.kind, horizon, as_of, part)
        async with self._database.unit_of_work(tenant_id) as session:
            await run.hold(session)
            await version_repository.lock_models(session, tenant_id)
            still = await version_repository.find_current(session, tenant_id, version.kind, horizon)
            if still == version.id:
                await repository.delete_others(session, tenant_id, version.kind, horizon, version.id, as_of)
                await version_repository.set_scored(session, tenant_id, version.id, at=self._now(), as_of=as_of)
                if drifted is not None:
                    await drift_repository.upsert_drift(
                        session, tenant_id, version.id, drifted, as_of=as_of, at=self._now()
                    )
            words = "" if still == version.id else f", and is {State.RETIRED.value} by now"
            await set_summary(session, tenant_id, run.job_id, f"{len(scored):,} customers scored{words}.")
        await run.report(len(scored), len(scored))
