"""An import as it crosses the slice's border."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class Kind(StrEnum):
    CUSTOMERS = "customers"
    ORDERS = "orders"
    EVENTS = "events"
    CONVERSATIONS = "conversations"


class State(StrEnum):
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


STARTABLE: Final = frozenset({State.UPLOADED, State.CHECKED, State.FAILED, State.CANCELLED})
AT_WORK: Final = frozenset({State.QUEUED, State.READING, State.LOADING, State.UNDOING})
UNDOABLE: Final = frozenset({State.IMPORTED, State.CHECKED, State.FAILED, State.CANCELLED})
"""A file can have been imported in part, and checked again since."""

RUN_JOB: Final = "import.run"
UNDO_JOB: Final = "import.undo"


class FileFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """Counts are rows: each ends in one of created, updated, skipped and failed. `read_share` is in thousandths."""

    id: UUID
    file_name: str
    file_format: str
    size: int
    kind: str
    preview: dict[str, Any]
    mapping: dict[str, Any]
    dry_run: bool
    state: str
    fault: str | None
    rows_read: int
    rows_done: int
    read_share: int
    cursor_at: datetime | None
    cursor_key: str | None
    created: int
    updated: int
    skipped: int
    failed: int
    report: dict[str, Any]
    job_id: UUID | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    import_id: UUID
    row_number: int
    column_name: str | None
    code: str
    message: str
    cells: list[Any]


@dataclass(frozen=True, slots=True)
class RowFault:
    """Why a row is refused; `column` is the file's name of the faulty one."""

    number: int
    code: str
    message: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row of the file; `number` as a spreadsheet shows it."""

    number: int
    cells: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A record that waits for its turn, with the number of its rows."""

    key: str
    at: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows, by what became of them."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
