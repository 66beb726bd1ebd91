"""Imports as the tests ask for them: through the service, in this process."""

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.events.service import Ingest
from api.imports import repository
from api.imports.contracts import ErrorRecord, ImportRecord, Kind
from api.imports.local import LocalRun
from api.imports.running import ImportWork
from api.imports.service import Imports
from api.imports.undoing import UndoWork
from models.base import new_id
from models.database import Database
from tests.support.world import TestTenant, clock

ACTOR = "user:admin"


async def no_engine(session: AsyncSession, tenant_id: UUID, kind: str, subject: UUID, actor: str, now: object) -> UUID:
    return new_id()


def imports(database: Database) -> Imports:
    return Imports(database, clock, no_engine)


async def run_import(
    database: Database,
    tenant: TestTenant,
    path: Path,
    kind: Kind,
    mapping: dict[str, Any] | None = None,
    *,
    dry_run: bool = False,
) -> ImportRecord:
    """From a file to the end of the run."""
    uploaded = await imports(database).register(tenant.id, path, kind, actor=ACTOR)
    record = await imports(database).start(tenant.id, uploaded.import_id, kind, mapping, dry_run=dry_run, actor=ACTOR)
    await work_on(database, tenant, record, path)
    return await read(database, tenant, record.id)


async def work_on(database: Database, tenant: TestTenant, record: ImportRecord, path: Path | None) -> None:
    assert record.job_id is not None
    work = ImportWork(database, Ingest(database, lambda _: None, clock), clock, path=path)
    await work.run(LocalRun(tenant.id, record.job_id, record.id, lambda done, total: None))


async def read(database: Database, tenant: TestTenant, import_id: UUID) -> ImportRecord:
    async with database.reading(tenant.id) as snapshot:
        [record] = await repository.load_runs(snapshot, [import_id])
    assert record is not None
    return record


async def errors(database: Database, tenant: TestTenant, import_id: UUID) -> list[ErrorRecord]:
    async with database.reading(tenant.id) as snapshot:
        return await repository.list_errors(snapshot, import_id, 0, 1_000)


def counts(record: ImportRecord) -> dict[str, int]:
    return {name: getattr(record, name) for name in ("created", "updated", "skipped", "failed")}


async def undo(database: Database, tenant: TestTenant, record: ImportRecord) -> ImportRecord:
    asked = await imports(database).undo(tenant.id, record.id, actor=ACTOR)
    assert asked.job_id is not None
    work = UndoWork(database, Ingest(database, lambda _: None, clock), clock)
    await work.run(LocalRun(tenant.id, asked.job_id, asked.id, lambda done, total: None))
    return await read(database, tenant, record.id)


def write_csv(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
