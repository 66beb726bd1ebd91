"""The job that trains a model, or trains one again to see whether it comes out the same."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.progress import Progress
from api.jobs.computing import compute
from api.jobs.contracts import JobRun
from api.jobs.repository import set_summary
from api.predictions import version_repository as repository
from api.predictions.contracts import ModelKind, State, TrainingRecord, VersionRecord
from api.predictions.drifting import with_reference
from api.predictions.history import History, load_history, local_day
from api.predictions.history_repository import Known
from api.predictions.learning import CODE_VERSION, SEED, Trained, train
from api.predictions.reproduction import explain
from api.predictions.service import make_current
from api.tenants.repository import get_tenant
from models.base import new_id
from models.database import Database


class Training:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def run(self, run: JobRun) -> None:
        tenant_id = run.tenant_id
        async with self._database.unit_of_work(tenant_id) as session:
            asked = await repository.get_training(session, tenant_id, run.subject_id)
            tenant = await get_tenant(session, tenant_id)
            again = (
                None if asked.reproduces is None else await repository.get_version(session, tenant_id, asked.reproduces)
            )
        if asked.outcome is not None:
            return
        as_of = tenant.now(self._now()) if again is None else again.as_of
        known = Known(as_of, asked.complete_until, tenant.time_zone)
        await run.report(0)
        async with self._database.reading(tenant_id) as snapshot:
            history = await load_history(snapshot, ModelKind(asked.kind), known)
        until = local_day(as_of, tenant.zone) - 1  # the last day that is over
        seed = SEED if again is None else again.seed
        trained = await compute(run, lambda progress: _try(asked, history, until, seed, progress), around=1)
        async with self._database.unit_of_work(tenant_id) as session:
            await run.hold(session)
            outcome, summary = await self._keep(session, run, asked, trained, as_of, again)
            await repository.end_training(session, tenant_id, asked.id, outcome, self._now())
            await set_summary(session, tenant_id, run.job_id, summary)
        await run.report(1, 1)

    async def _keep(
        self,
        session: AsyncSession,
        run: JobRun,
        asked: TrainingRecord,
        trained: Trained | InsufficientDataError,
        as_of: datetime,
        again: VersionRecord | None,
    ) -> tuple[Mapping[str, Any], str]:
        """What it came to, for programs and for people."""
        if again is not None:
            same, words = explain(again, trained)
            return {"reproduced": same, "explanation": words}, words
        if isinstance(trained, InsufficientDataError):
            found = {"what": trained.what, "need": trained.need, "have": trained.have}
            text = f"Not enough data: {trained.need:,} {trained.what} needed, {trained.have:,} there."
            return {"insufficient": found}, text
        version_id, state = await self._insert(session, run, asked, trained, as_of)
        champion = trained.card["champion"]
        because = f" Rejected: {trained.fault}" if trained.fault else ""
        return {"version": str(version_id)}, f"Trained: {champion}, from {trained.n:,} rows; {state.value}.{because}"

    async def _insert(
        self, session: AsyncSession, run: JobRun, asked: TrainingRecord, trained: Trained, as_of: datetime
    ) -> tuple[UUID, State]:
        """The first model of a kind and horizon speaks at once; a later one waits for somebody to promote it."""
        tenant_id, now, actor = run.tenant_id, self._now(), f"job:{run.job_id}"
        await repository.lock_models(session, tenant_id)
        current = await repository.find_current(session, tenant_id, asked.kind, asked.horizon_days)
        state = State.REJECTED if trained.fault else State.TRAINED
        version_id = new_id()
        values = {
            "id": version_id,
            "kind": asked.kind,
            "horizon_days": asked.horizon_days,
            "number": await repository.next_number(session, tenant_id, asked.kind, asked.horizon_days),
            "as_of": as_of,
            "complete_until": asked.complete_until,
            "seed": SEED,
            "n": trained.n,
            "is_baseline": trained.is_baseline,
            "parameters": trained.parameters,
            "card": trained.card,
            "card_hash": trained.card_hash,
            "data_hash": trained.extent.hash,
            "code_version": CODE_VERSION,
            "created_by": asked.created_by,
            "created_at": now,
        }
        await repository.insert_version(session, tenant_id, values, state)
        if current is None and state is State.TRAINED:
            version = await repository.get_version(session, tenant_id, version_id)
            assert version is not None
            await make_current(session, tenant_id, version, actor=actor, now=now)
            state = State.CURRENT
        details = {"version": str(version_id), "state": state.value, "hash": trained.card_hash}
        await insert_entry(session, tenant_id, at=now, actor=actor, action="model.trained", details=details)
        return version_id, state


def _try(
    asked: TrainingRecord, history: History, until: float, seed: int, progress: Progress
) -> Trained | InsufficientDataError:
    try:
        trained = train(ModelKind(asked.kind), history, until, asked.horizon_days, seed, progress)
    except InsufficientDataError as error:
        return error
    return with_reference(trained, history, until, asked.horizon_days)
