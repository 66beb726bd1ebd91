"""SQL of import runs, and of the file while it is kept."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.imports.contracts import AT_WORK, Counts, ErrorRecord, ImportRecord
from models import ImportChunk, ImportFault, ImportRun, Job
from models.base import table
from models.database import Snapshot
from models.filters import Filter, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import Children, columns_of

run = table(ImportRun)
chunk = table(ImportChunk)
fault = table(ImportFault)
job = table(Job)

NEWEST_FIRST: Final = SortKey("created_at", run.c.created_at, run.c.id, descending=True)
BY_ROW: Final = SortKey("row_number", fault.c.row_number, fault.c.import_id)
CHUNKS_AT_ONCE: Final = 64

WITH_JOB: Final = run.outerjoin(job, and_(job.c.tenant_id == run.c.tenant_id, job.c.id == run.c.job_id))
STATE: Final = case(
    (and_(run.c.state.in_([state.value for state in AT_WORK]), job.c.state.in_(["cancelled", "failed"])), job.c.state),
    else_=run.c.state,
).label("state")
"""A job that was cancelled before its turn, or that killed its workers, could not say so in the run."""
COLUMNS: Final = [STATE if column.name == "state" else column for column in columns_of(ImportRecord, run)]

IMPORTS: Final = RowList(
    ImportRecord,
    run,
    (NEWEST_FIRST,),
    {**filters_of("kind", "file_name", "created_at", source=run.c), "state": Filter(STATE)},
    columns=COLUMNS,
    source=WITH_JOB,
)
errors_of_import: Final = Children(ErrorRecord, fault, "import_id", BY_ROW, identity="import_id")


async def insert_run(session: AsyncSession, record: ImportRun) -> None:
    session.add(record)
    await session.flush()


async def get_run(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> ImportRecord | None:
    """Locked: whoever changes a run does so one after the other."""
    statement = (
        select(*COLUMNS)
        .select_from(WITH_JOB)
        .where(run.c.tenant_id == tenant_id, run.c.id == import_id)
        .with_for_update(of=run)
    )
    row = (await session.execute(statement)).first()
    return None if row is None else ImportRecord(*row)


async def update_run(session: AsyncSession, tenant_id: UUID, import_id: UUID, **values: Any) -> None:
    await session.execute(update(run).where(run.c.tenant_id == tenant_id, run.c.id == import_id).values(**values))


async def add_counts(session: AsyncSession, tenant_id: UUID, import_id: UUID, counts: Counts, **values: Any) -> None:
    """Adds to the counts, and sets the values."""
    added = {name: run.c[name] + getattr(counts, name) for name in ("created", "updated", "skipped", "failed")}
    await update_run(session, tenant_id, import_id, **added, **values)


async def load_runs(snapshot: Snapshot, ids: Sequence[UUID]) -> list[ImportRecord | None]:
    rows = await snapshot.rows(
        select(*COLUMNS).select_from(WITH_JOB).where(run.c.tenant_id == snapshot.tenant_id, run.c.id.in_(ids))
    )
    found = {row.id: ImportRecord(*row) for row in rows}
    return [found.get(key) for key in ids]


async def list_errors(snapshot: Snapshot, import_id: UUID, after: int, size: int) -> list[ErrorRecord]:
    """The refused rows after that one, in the order of the file."""
    statement = (
        select(*columns_of(ErrorRecord, fault))
        .where(fault.c.tenant_id == snapshot.tenant_id, fault.c.import_id == import_id, fault.c.row_number > after)
        .order_by(fault.c.row_number)
        .limit(size)
    )
    return [ErrorRecord(*row) for row in await snapshot.rows(statement)]


async def insert_chunk(session: AsyncSession, tenant_id: UUID, import_id: UUID, number: int, data: bytes) -> None:
    await session.execute(insert(chunk).values(tenant_id=tenant_id, import_id=import_id, number=number, data=data))


async def get_chunk(session: AsyncSession, tenant_id: UUID, import_id: UUID, number: int) -> bytes | None:
    statement = select(chunk.c.data).where(
        chunk.c.tenant_id == tenant_id, chunk.c.import_id == import_id, chunk.c.number == number
    )
    found: bytes | None = (await session.execute(statement)).scalar_one_or_none()
    return found


async def delete_chunks(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> bool:
    """Some of them; True while there are more."""
    some = (
        select(chunk.c.number)
        .where(chunk.c.tenant_id == tenant_id, chunk.c.import_id == import_id)
        .limit(CHUNKS_AT_ONCE)
        .scalar_subquery()
    )
    deleted = await session.execute(
        delete(chunk)
        .where(chunk.c.tenant_id == tenant_id, chunk.c.import_id == import_id, chunk.c.number.in_(some))
        .returning(chunk.c.number)
    )
    return len(deleted.all()) == CHUNKS_AT_ONCE


async def delete_run(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> None:
    await session.execute(delete(run).where(run.c.tenant_id == tenant_id, run.c.id == import_id))
