"""A whole run of an import, as a job: from the file to the report. It goes on where an earlier turn stopped."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.errors import CipError, ConflictError, NotFoundError
from api.events.service import Ingest
from api.imports import repository
from api.imports import staging_repository as staging
from api.imports.contracts import ImportRecord, Kind, State
from api.imports.loading import Loading
from api.imports.mapping import Binding, bind, parse
from api.imports.reading import SourceFile
from api.imports.staging import WHOLE, Staging
from api.jobs.contracts import FencedError, JobCancelledError, JobRun
from api.jobs.repository import set_summary
from api.tenants.repository import get_tenant
from models.database import Database, is_unreachable

GOES_ON: Final = frozenset({State.READING, State.LOADING, State.FAILED})
"""An engine gives a job that failed another turn."""
UNEXPECTED: Final = "Something went wrong on our side; what was imported so far stays."


class ImportWork:
    """`path` is where the file lies on this host; without one it is fetched from the database."""

    def __init__(
        self, database: Database, ingest: Ingest, now: Callable[[], datetime], *, path: Path | None = None
    ) -> None:
        self._database = database
        self._now = now
        self._path = path
        self._staging = Staging(database)
        self._loading = Loading(database, ingest, now)

    async def run(self, job: JobRun) -> None:
        """Raises what stopped it, after noting that in the run; but what is wrong with the file ends it in order, since
        another try would find the same."""
        try:
            await self._run(job)
        except JobCancelledError:
            await self.give_up(job)
            raise
        except FencedError:
            raise
        except CipError as error:
            await self._end(job, State.FAILED, error.message)
            await self._tidy(job)
        except Exception as error:
            if not is_unreachable(error):
                await self._end(job, State.FAILED, UNEXPECTED)
            raise

    async def give_up(self, job: JobRun) -> None:
        """For a process that is stopped and that no other takes the work over from."""
        await self._end(job, State.CANCELLED, None)
        await self._tidy(job)

    async def _run(self, job: JobRun) -> None:
        record = await self._begin(job)
        binding = await self._binding(job, record)
        if record.read_share < WHOLE:
            async with self._file(job) as path:
                await self._staging.stage(job, record, binding, SourceFile(path))
        await self._set(job, state=State.LOADING.value)
        await self._loading.load(job, binding)
        await self._finish(job)
        await self._tidy(job)

    async def _begin(self, job: JobRun) -> ImportRecord:
        """A run that was asked for begins afresh; one that was interrupted goes on."""
        record = await self._read(job)
        if record.state in GOES_ON:
            await self._set(job, state=State.READING.value, fault=None)
            return await self._read(job)
        if record.state != State.QUEUED:
            raise ConflictError(f"This import is {record.state}.")
        await self._tidy_rows(job)
        await self._repeat(job, staging.delete_faults)
        await self._set(
            job,
            state=State.READING.value,
            started_at=self._now(),
            finished_at=None,
            fault=None,
            **dict.fromkeys(("rows_read", "rows_done", "read_share", "created", "updated", "skipped", "failed"), 0),
            cursor_at=None,
            cursor_key=None,
            report={},
        )
        return await self._read(job)

    async def _binding(self, job: JobRun, record: ImportRecord) -> Binding:
        async with self._database.unit_of_work(job.tenant_id) as session:
            tenant = await get_tenant(session, job.tenant_id)
        return binding_of(record, tenant.time_zone)

    @asynccontextmanager
    async def _file(self, job: JobRun) -> AsyncIterator[Path]:
        if self._path is not None:
            yield self._path
            return
        with tempfile.NamedTemporaryFile(prefix="cip-import-") as file:
            await fetch_file(self._database, job.tenant_id, job.subject_id, Path(file.name))
            yield Path(file.name)

    async def _read(self, job: JobRun) -> ImportRecord:
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
        if record is None:
            raise NotFoundError("This import is gone.")
        if record.job_id != job.job_id:
            raise ConflictError("Another job works on this import.")
        return record

    async def _set(self, job: JobRun, **values: object) -> None:
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            await repository.update_run(session, job.tenant_id, job.subject_id, **values)

    async def _finish(self, job: JobRun) -> None:
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
            assert record is not None
            report = dict(record.report)
            if record.kind == Kind.ORDERS:
                report["clean_customers"] = await staging.count_customers(session, job.tenant_id, record.id)
            state = State.CHECKED if record.dry_run else State.IMPORTED
            await repository.update_run(
                session, job.tenant_id, record.id, state=state.value, report=report, finished_at=self._now()
            )
            await self._note(session, job, record, state)
            await set_summary(session, job.tenant_id, job.job_id, sentence(record))

    async def _end(self, job: JobRun, state: State, fault: str | None) -> None:
        async with self._database.unit_of_work(job.tenant_id) as session:
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
            if record is None or record.job_id != job.job_id:
                return
            await repository.update_run(
                session, job.tenant_id, record.id, state=state.value, fault=fault, finished_at=self._now()
            )
            await self._note(session, job, record, state)
            if fault is not None:
                await set_summary(session, job.tenant_id, job.job_id, f"The import failed: {fault}")

    async def _note(self, session: AsyncSession, job: JobRun, record: ImportRecord, state: State) -> None:
        details: dict[str, object] = {
            "import": str(record.id),
            "state": state.value,
            "dryRun": record.dry_run,
            "created": record.created,
            "updated": record.updated,
            "skipped": record.skipped,
            "failed": record.failed,
        }
        await insert_entry(
            session, job.tenant_id, at=self._now(), actor=record.created_by, action="import.end", details=details
        )

    async def _tidy(self, job: JobRun) -> None:
        """The staged rows go, and the file once it is imported: a dry run's is wanted again."""
        await self._tidy_rows(job)
        async with self._database.unit_of_work(job.tenant_id) as session:
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
        if record is not None and record.state == State.IMPORTED:
            await self._repeat(job, repository.delete_chunks)

    async def _tidy_rows(self, job: JobRun) -> None:
        await self._repeat(job, staging.delete_staged)

    async def _repeat(self, job: JobRun, delete_some: Callable[[AsyncSession, UUID, UUID], Awaitable[bool]]) -> None:
        """In transactions of a bounded size."""
        more = True
        while more:
            async with self._database.unit_of_work(job.tenant_id) as session:
                more = await delete_some(session, job.tenant_id, job.subject_id)


def sentence(record: ImportRecord) -> str:
    counts = f"{record.created:,} rows created, {record.updated:,} updated, {record.skipped:,} skipped"
    return f"{'Dry run: ' if record.dry_run else ''}{counts}, {record.failed:,} with errors."


async def fetch_file(database: Database, tenant_id: UUID, import_id: UUID, path: Path) -> None:
    with path.open("wb") as file:
        number = 0
        while True:
            async with database.unit_of_work(tenant_id) as session:
                data = await repository.get_chunk(session, tenant_id, import_id, number)
            if data is None:
                break
            file.write(data)
            number += 1
    if not number:
        raise NotFoundError("The file of this import is gone.", hint="Upload it again.")


def binding_of(record: ImportRecord, time_zone: str) -> Binding:
    columns = record.preview["columns"]
    source = default_source(record.file_name)
    return bind(Kind(record.kind), parse(record.mapping), columns, source=source, time_zone=time_zone)


def default_source(file_name: str) -> str:
    """Where the records come from, when nothing else is said: the file."""
    return f"import:{Path(file_name).name}"[:200]
