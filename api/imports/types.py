"""Imports in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.graphql.context import Context, Info
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement, field
from api.graphql.relations import Relation
from api.graphql.scalars import Int64, Json
from api.imports import fields, repository
from api.imports.contracts import ErrorRecord, ImportRecord
from api.imports.staging import WHOLE

if TYPE_CHECKING:
    from api.job_runs.types import Job

LazyJob = Annotated["Job", strawberry.lazy("api.job_runs.types")]
READING_SHARE = 0.3


@strawberry.enum(description="What the rows of a file are.")
class ImportKind(Enum):
    CUSTOMERS = "customers"
    ORDERS = "orders"
    EVENTS = "events"
    CONVERSATIONS = "conversations"


@strawberry.enum(description="How far an import is. CHECKED is the end of a dry run.")
class ImportState(Enum):
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    QUEUED = "queued"
    READING = "reading"
    LOADING = "loading"
    CHECKED = "checked"
    IMPORTED = "imported"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDOING = "undoing"
    UNDONE = "undone"


@strawberry.enum(description="What the cells of a field are.")
class ImportFieldValue(Enum):
    ID = "ID"
    TEXT = "TEXT"
    MONEY = "MONEY"
    WHOLE = "WHOLE"
    TIME = "TIME"


@strawberry.type(description="Something that a column can become.")
class ImportField:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_CREATE
    name: str
    label: str
    value: ImportFieldValue
    required: bool

    @classmethod
    def of(cls, one: fields.Field) -> "ImportField":
        return cls(name=one.name, label=one.label, value=ImportFieldValue(one.value.value), required=one.required)


@strawberry.type(description="A column of the file, with its first values.")
class ImportColumn:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_CREATE
    name: str
    samples: list[str]


@strawberry.type(description="A mapping that was guessed from the header and the first rows.")
class ImportGuess:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_CREATE
    kind: ImportKind
    mapping: Json
    confidence: Json = strawberry.field(description="How sure each field is, from 0 to 1.")
    preset: str | None = strawberry.field(description="The name of the known file that this is.")


@strawberry.type(description="A file and what became of its rows: each ends as created, updated, skipped or failed.")
class Import:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_CREATE
    record: strawberry.Private[ImportRecord]
    id: strawberry.ID
    file_name: str
    file_format: str
    size: Int64 = strawberry.field(description="Bytes.")
    kind: ImportKind
    dry_run: bool
    state: ImportState
    fault: str | None = strawberry.field(description="Why it failed.")
    mapping: Json
    preset: str | None
    columns: list[ImportColumn]
    progress: float = strawberry.field(description="From 0 to 1: reading, then loading.")
    rows_read: Int64
    rows_done: Int64
    created: Int64
    updated: Int64
    skipped: Int64
    failed: Int64
    report: Json = strawberry.field(description="Counts of what the file held, and of what an undo took back.")
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None

    @classmethod
    def of(cls, record: ImportRecord) -> "Import":
        return cls(
            id=global_id("Import", record.id),
            record=record,
            file_name=record.file_name,
            file_format=record.file_format,
            size=Int64(record.size),
            kind=ImportKind(record.kind),
            dry_run=record.dry_run,
            state=ImportState(record.state),
            fault=record.fault,
            mapping=Json(record.mapping),
            preset=record.preview.get("preset"),
            columns=_columns(record),
            progress=progress(record),
            rows_read=Int64(record.rows_read),
            rows_done=Int64(record.rows_done),
            created=Int64(record.created),
            updated=Int64(record.updated),
            skipped=Int64(record.skipped),
            failed=Int64(record.failed),
            report=Json(record.report),
            created_by=record.created_by,
            created_at=record.created_at,
            started_at=record.started_at,
            finished_at=record.finished_at,
            undone_at=record.undone_at,
        )

    @field(Permission.ANALYTICS_VIEW, "The work on it; null for one that never started, or ran on the command line.")
    async def job(self, info: Info) -> LazyJob | None:
        from api.job_runs.types import job_by_key

        return None if self.record.job_id is None else await job_by_key(info.context, self.record.job_id)


@strawberry.type(description="A row that was refused: where and why. The whole of them is a CSV file.")
class ImportRowError:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_CREATE
    row: Int64 = strawberry.field(description="As a spreadsheet counts: the header is row 1.")
    column: str | None
    code: str
    message: str
    cells: list[str] = strawberry.field(description="The row as it stands in the file.")

    @classmethod
    def of(cls, record: ErrorRecord) -> "ImportRowError":
        return cls(
            row=Int64(record.row_number),
            column=record.column_name,
            code=record.code,
            message=record.message,
            cells=["" if cell is None else str(cell) for cell in record.cells],
        )


def progress(record: ImportRecord) -> float:
    read = record.read_share / WHOLE
    done = record.rows_done / record.rows_read if record.rows_read and record.read_share == WHOLE else 0.0
    return round(READING_SHARE * read + (1 - READING_SHARE) * done, 3)


def _columns(record: ImportRecord) -> list[ImportColumn]:
    samples = record.preview.get("samples", [])
    return [
        ImportColumn(name=name, samples=["" if row[i] is None else str(row[i]) for row in samples if i < len(row)])
        for i, name in enumerate(record.preview.get("columns", []))
    ]


async def import_by_key(context: Context, key: UUID) -> Import | None:
    record = await context.loader(repository.load_runs, UUID).load(key)
    return None if record is None else Import.of(record)


errors_of_import = Relation("import.errors", repository.errors_of_import, ImportRowError.of)
