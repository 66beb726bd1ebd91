"""The first half of an import: the rows of the file, checked for what makes them one record, into the database."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from api.imports import repository, staging_repository
from api.imports.contracts import Counts, ImportRecord
from api.imports.mapping import Binding
from api.imports.reading import Row, SourceFile
from api.imports.records.building import key_of, time_of
from api.imports.values import CellError
from api.jobs.contracts import JobRun
from models.database import Database

BATCH: Final = 4_000
MAXIMUM_KEY: Final = 200
NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands first: what has no time is refused or needs none."""
NUL: Final = "\0"
WHOLE: Final = 1_000


@dataclass(slots=True)
class Batch:
    """What a number of rows becomes: staged rows, their records by key, and the rows that can be no part of any."""

    read: int
    share: float
    rows: list[Sequence[Any]] = field(default_factory=list)
    units: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    faults: list[Sequence[Any]] = field(default_factory=list)


class Staging:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def stage(self, job: JobRun, record: ImportRecord, binding: Binding, file: SourceFile) -> None:
        """Goes on after the rows that are staged already. What a batch holds is all that memory holds."""
        rows = file.rows()
        await asyncio.to_thread(_skip, rows, record.rows_read)
        total = record.rows_read
        while True:
            batch = await asyncio.to_thread(_prepared, binding, job.tenant_id, job.subject_id, rows)
            await self._write(job, batch)
            total += batch.read
            await job.report(total)
            if not batch.read:
                return

    async def _write(self, job: JobRun, batch: Batch) -> None:
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
            assert record is not None
            await staging_repository.insert_staged(session, batch.rows)
            await staging_repository.add_to_units(session, job.tenant_id, job.subject_id, batch.units)
            await staging_repository.insert_faults(session, batch.faults)
            refused = len(batch.faults)
            await repository.add_counts(
                session,
                job.tenant_id,
                job.subject_id,
                Counts(failed=refused),
                rows_read=record.rows_read + batch.read,
                rows_done=record.rows_done + refused,
                read_share=min(WHOLE - 1, int(batch.share * WHOLE)) if batch.read else WHOLE,
                report=_with_refused(record.report, refused),
            )


def _with_refused(report: dict[str, Any], refused: int) -> dict[str, Any]:
    return {**report, "rows": report.get("rows", 0) + refused} if refused else report


def _skip(rows: Iterator[Row], count: int) -> None:
    next(islice(rows, count, count), None)


def _prepared(binding: Binding, tenant_id: UUID, import_id: UUID, rows: Iterator[Row]) -> Batch:
    batch = Batch(0, 1.0)
    for row in islice(rows, BATCH):
        batch.read += 1
        batch.share = row.share
        try:
            key = _key(binding, row)
        except CellError as error:
            cells = [cell.replace(NUL, "\ufffd") if isinstance(cell, str) else cell for cell in row.cells]
            column = binding.column_of_key
            batch.faults.append((tenant_id, import_id, row.number, column, error.code, error.message, cells))
            continue
        at = time_of(binding, row.cells) or NO_TIME
        earliest, count = batch.units.get(key, (at, 0))
        batch.units[key] = (min(at, earliest), count + 1)
        batch.rows.append((tenant_id, import_id, row.number, key, row.cells))
    return batch


def _key(binding: Binding, row: Row) -> str:
    if any(isinstance(cell, str) and NUL in cell for cell in row.cells):
        raise CellError("INVALID", "This row holds a NUL character.")
    key = key_of(binding, row.number, row.cells)
    if len(key) > MAXIMUM_KEY:
        raise CellError("INVALID", f"An id has 1 to {MAXIMUM_KEY} characters.")
    return key
