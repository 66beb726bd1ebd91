"""The second half of an import: staged records, in the order of time, through ingest. Each batch is one transaction."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from api.events.contracts import Verdict
from api.events.service import Ingest
from api.imports import repository
from api.imports import staging_repository as staging
from api.imports.applying import Applying
from api.imports.contracts import Counts, ImportRecord, Unit
from api.imports.mapping import Binding
from api.imports.outcome import Outcome
from api.imports.records.building import BUILDERS
from api.imports.records.record import MAXIMUM_ROWS, Built
from api.jobs.contracts import JobRun
from api.tenants.repository import get_tenant
from models.database import Database

UNITS: Final = 500
ROWS: Final = 5_000


class Loading:
    def __init__(self, database: Database, ingest: Ingest, now: Callable[[], datetime]) -> None:
        self._database = database
        self._ingest = ingest
        self._now = now

    async def load(self, job: JobRun, binding: Binding) -> None:
        """Until no record is left. A dry run takes back each batch before it goes on."""
        while (done := await self._batch(job, binding)) is not None:
            await job.report(*done)

    async def _batch(self, job: JobRun, binding: Binding) -> tuple[int, int] | None:
        async with self._database.turn(job.tenant_id), self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
            assert record is not None
            cursor = None if record.cursor_at is None else (record.cursor_at, record.cursor_key or "")
            units = _fitting(await staging.list_units(session, job.tenant_id, record.id, cursor, UNITS))
            if not units:
                return None
            done, verdicts = await self._load(session, job, record, binding, units)
        if not record.dry_run:
            self._ingest.committed(job.tenant_id, verdicts)
        return done, record.rows_read

    async def _load(
        self, session: AsyncSession, job: JobRun, record: ImportRecord, binding: Binding, units: Sequence[Unit]
    ) -> tuple[int, Sequence[Verdict]]:
        tenant_id = job.tenant_id
        too_large = [unit for unit in units if unit.rows > MAXIMUM_ROWS]
        for unit in too_large:
            text = f"This record has {unit.rows} rows; {MAXIMUM_ROWS} are allowed."
            await staging.insert_faults_of_unit(session, tenant_id, record.id, unit.key, "TOO_LARGE", text)
        keys = [unit.key for unit in units if unit.rows <= MAXIMUM_ROWS]
        rows = await staging.list_staged(session, tenant_id, record.id, keys)
        built = [BUILDERS[binding.kind](binding, key, rows[key]) for key in keys]
        outcome = await self._apply(session, job, record, binding, built)
        await staging.insert_faults_of_staged(session, tenant_id, record.id, list(outcome.faults.values()))
        await staging.set_customers(
            session, tenant_id, record.id, {unit.key: unit.customer for unit in built if unit.customer is not None}
        )
        counts = outcome.counts()
        lost = sum(unit.rows for unit in too_large)
        done = record.rows_done + sum(unit.rows for unit in units)
        await repository.add_counts(
            session,
            tenant_id,
            record.id,
            Counts(counts.created, counts.updated, counts.skipped, counts.failed + lost),
            rows_done=done,
            cursor_at=units[-1].at,
            cursor_key=units[-1].key,
            report=_added(record.report, built, lost),
        )
        return done, outcome.verdicts

    async def _apply(
        self, session: AsyncSession, job: JobRun, record: ImportRecord, binding: Binding, built: Sequence[Built]
    ) -> Outcome:
        tenant = await get_tenant(session, job.tenant_id)
        applying = Applying(session, self._ingest, tenant, record.id, binding, record.created_by, self._now())
        if not record.dry_run:
            return await applying.apply(built)
        async with session.begin_nested() as attempt:
            outcome = await applying.apply(built)
            await attempt.rollback()
        return outcome


def _fitting(units: Sequence[Unit]) -> list[Unit]:
    """As many as have no more rows than a batch may hold, and one at least."""
    chosen: list[Unit] = []
    rows = 0
    for unit in units:
        rows += unit.rows
        if chosen and rows > ROWS:
            break
        chosen.append(unit)
    return chosen


def _added(report: dict[str, Any], built: Sequence[Built], lost: int) -> dict[str, Any]:
    facts: Counter[str] = Counter(report)
    for unit in built:
        facts.update(unit.facts)
    if lost:
        facts["rows"] += lost
    return dict(facts)
