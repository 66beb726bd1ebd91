"""The job that makes a version of a method: reads, fits, looks back for movement, puts customers into groups."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.intelligence.arrays import Floats, InvalidColumnError
from api.intelligence.insufficient import InsufficientDataError
from api.jobs.computing import compute
from api.jobs.contracts import JobCancelledError, JobRun
from api.jobs.repository import set_summary
from api.segments import members_repository as members
from api.segments import repository
from api.segments.assigning import assign_clusters, assign_rfm, clusters
from api.segments.contracts import SegmentationRecord, SegmentRecord
from api.segments.definition import methods, parse
from api.segments.features_repository import DEFAULT_FEATURES, Buyers, read_features
from api.segments.fitting import STEP_DAYS, Fitted, backtests, data_hash, fit_clusters, fit_rfm
from api.tenants.repository import get_tenant
from models.base import new_id, sort_key
from models.database import Database

LOOKS_BACK: Final = 12
"""Earlier dates that movement is counted from, each 30 days before the next."""
FEWEST: Final = 25
"""Customers at such a date."""

Places = dict[UUID, int]


@dataclass(frozen=True, slots=True)
class Made:
    """A version on its way into the database. `past` holds the customers' positions by date, oldest first."""

    fitted: Fitted
    buyers: Buyers
    columns: Mapping[str, Floats]
    past: dict[datetime, Places]


class SegmentationWork:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def run(self, run: JobRun) -> None:
        tenant_id = run.tenant_id
        async with self._database.unit_of_work(tenant_id) as session:
            version = await repository.get_segmentation(session, tenant_id, run.subject_id)
            cutoff = (await get_tenant(session, tenant_id)).now(self._now())
            previous = await repository.get_current(session, tenant_id, "kmeans")
        if version is None or version.state != "queued":
            return
        try:
            made = await self._make(run, version, previous, cutoff)
        except InsufficientDataError as error:
            outcome: dict[str, Any] = {"reason": error.what, "need": error.need, "have": error.have}
            await self._give_up(run, version, cutoff, "insufficient", outcome)
        except InvalidColumnError as error:
            await self._give_up(run, version, cutoff, "refused", {"reason": str(error)})
        except JobCancelledError:
            await self._give_up(run, version, cutoff, "refused", {"reason": "the run was cancelled"})
            raise
        else:
            await self._keep(run, version, previous, cutoff, made)

    async def _make(
        self, run: JobRun, version: SegmentationRecord, previous: SegmentationRecord | None, cutoff: datetime
    ) -> Made:
        names = _features(version)
        await run.report(0)
        async with self._database.reading(run.tenant_id) as snapshot:
            buyers, columns = await read_features(snapshot.rows, run.tenant_id, names, cutoff)
            if version.method == "rfm":
                fitted = fit_rfm(buyers)
            else:
                fitted = await _fit(run, version, columns, previous)
            past: dict[datetime, Places] = {}
            for step in range(1, LOOKS_BACK + 1):
                date = cutoff - timedelta(days=STEP_DAYS * step)
                await run.report(step, LOOKS_BACK + 1)
                then, there = await read_features(snapshot.rows, run.tenant_id, fitted.features, date)
                if len(then) < FEWEST:
                    break
                past[date] = dict(zip(then.customer, fitted.place(there), strict=True))
        past[cutoff] = dict(zip(buyers.customer, fitted.place(columns), strict=True))
        return Made(fitted, buyers, columns, dict(sorted(past.items())))

    async def _keep(
        self,
        run: JobRun,
        version: SegmentationRecord,
        previous: SegmentationRecord | None,
        cutoff: datetime,
        made: Made,
    ) -> None:
        """One transaction: whoever looks sees the old version whole, or the new one."""
        tenant_id, fitted = run.tenant_id, made.fitted
        tested = await asyncio.to_thread(backtests, list(made.past.values()), len(fitted.groups))
        async with self._database.unit_of_work(tenant_id) as session:
            await run.hold(session)
            await repository.lock(session, tenant_id)
            now = max(cutoff, (await get_tenant(session, tenant_id)).now(self._now()))
            await _retire(session, tenant_id, version.method)
            values = {
                "state": "ready",
                "current": True,
                "model": fitted.model,
                "quality": {**fitted.quality, "backtests": tested},
                "cutoff": cutoff,
                "n": len(made.buyers),
                "data_hash": data_hash(made.buyers, made.columns),
                "finished_at": self._now(),
            }
            await repository.finish(session, tenant_id, version.id, values)
            ids = await _insert_groups(session, tenant_id, version, previous, fitted, now, self._now())
            ready = await repository.get_segmentation(session, tenant_id, version.id)
            assert ready is not None
            assign = assign_rfm if version.method == "rfm" else assign_clusters
            await assign(session, tenant_id, ready, ids, now)
            for date, places in made.past.items():
                await members.insert_snapshot(session, tenant_id, version.id, date, places)
            await _ask_again(session, tenant_id, version.method)
            said = f"{len(made.buyers):,} customers are in {len(ids)} segments."
            await set_summary(session, tenant_id, run.job_id, said)
            await self._note(run, session, version, "ready")
        await run.report(LOOKS_BACK + 1, LOOKS_BACK + 1)

    async def _give_up(
        self, run: JobRun, version: SegmentationRecord, cutoff: datetime, state: str, outcome: dict[str, Any]
    ) -> None:
        """A plain answer, which is no failure of the job."""
        async with self._database.unit_of_work(run.tenant_id) as session:
            await run.hold(session)
            values = {"state": state, "outcome": outcome, "cutoff": cutoff, "finished_at": self._now()}
            await repository.finish(session, run.tenant_id, version.id, values)
            said = outcome["reason"]
            if state == "insufficient":
                said = f"INSUFFICIENT_DATA: {said}: {outcome['need']} needed, {outcome['have']} there."
            await set_summary(session, run.tenant_id, run.job_id, said)
            await self._note(run, session, version, state)

    async def _note(self, run: JobRun, session: AsyncSession, version: SegmentationRecord, state: str) -> None:
        await insert_entry(
            session,
            run.tenant_id,
            at=self._now(),
            actor=f"job:{run.job_id}",
            action="segmentation.finish",
            details={"segmentation": str(version.id), "state": state},
        )


async def _fit(
    run: JobRun, version: SegmentationRecord, columns: Mapping[str, Floats], previous: SegmentationRecord | None
) -> Fitted:
    """Between two numbers of clusters it hears whether somebody has ended the job."""
    before = None if previous is None else clusters(previous)
    k = version.parameters.get("k")
    return await compute(run, lambda progress: fit_clusters(columns, k, version.seed, before, progress))


def _features(version: SegmentationRecord) -> Sequence[str]:
    return version.parameters.get("features") or DEFAULT_FEATURES


async def _retire(session: AsyncSession, tenant_id: UUID, method: str) -> None:
    before = await repository.get_current(session, tenant_id, method)
    if before is not None:
        await repository.retire(session, tenant_id, method)
        await repository.freeze_groups(session, tenant_id, before.id)
        await members.delete_snapshots(session, tenant_id, before.id)
        await repository.forget_members(session, tenant_id, method, kept=before.id)


async def _insert_groups(
    session: AsyncSession,
    tenant_id: UUID,
    version: SegmentationRecord,
    previous: SegmentationRecord | None,
    fitted: Fitted,
    as_of: datetime,
    real_now: datetime,
) -> list[UUID]:
    before = [] if previous is None else await repository.list_groups(session, tenant_id, previous.id)
    ids: list[UUID] = []
    for position, group in enumerate(fitted.groups):
        record = SegmentRecord(
            id=new_id(),
            segmentation_id=version.id,
            kind=version.method,
            mode="dynamic",
            name=group.name,
            name_key=sort_key(group.name),
            position=position,
            definition=None,
            traits=group.traits,
            previous_id=None if group.previous is None else before[group.previous],
            needs_full=False,
            as_of=as_of,
            last_error=None,
            created_by=version.created_by,
            created_at=real_now,
            updated_at=real_now,
        )
        await repository.insert_segment(session, tenant_id, record)
        ids.append(record.id)
    return ids


async def _ask_again(session: AsyncSession, tenant_id: UUID, method: str) -> None:
    """Rules that name a method's segments mean those of the current version."""
    kept = await repository.list_kept(session, tenant_id)
    ids = [
        record.id
        for record in kept
        if record.kind == "rule" and record.mode == "dynamic" and method in methods(parse(record.definition))
    ]
    await repository.update_segments(session, tenant_id, ids, needs_full=True)
