"""What the Imports page asks the API for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from ui.client import ApiClient
from ui.records import Record, TotalCount

State = Literal[
    "UPLOADING", "UPLOADED", "QUEUED", "READING", "LOADING", "CHECKED", "IMPORTED", "FAILED", "CANCELLED", "UNDOING",
    "UNDONE",
]  # fmt: skip
AT_WORK = frozenset({"UPLOADING", "QUEUED", "READING", "LOADING", "UNDOING"})
STARTABLE = frozenset({"UPLOADED", "CHECKED", "FAILED", "CANCELLED"})


class Summary(Record):
    id: str
    file_name: str
    kind: str
    dry_run: bool
    state: State
    fault: str | None = None
    progress: float
    rows_read: int
    rows_done: int
    created: int
    updated: int
    skipped: int
    failed: int
    report: Mapping[str, int]
    created_at: datetime

    @property
    def at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def undoable(self) -> bool:
        """Whether asking makes sense; whether there is anything to undo, the API says."""
        return self.state in ("IMPORTED", "CANCELLED", "FAILED") and not self.dry_run and bool(self.rows_done)


class Column(Record):
    name: str
    samples: Sequence[str]


class One(Summary):
    columns: Sequence[Column]


class File(Record):
    kind: str
    mapping: Mapping[str, Any]
    columns: Sequence[Column]


class Zone(Record):
    time_zone: str
    name: str


class ImportList(Record):
    nodes: Sequence[Summary]
    total_count: TotalCount


class ListAnswer(Record):
    tenant: Zone
    imports: ImportList


class OneAnswer(Record):
    tenant: Zone
    file: One | None = None


class Field(Record):
    name: str
    label: str
    value: str
    required: bool


class Guess(Record):
    mapping: Mapping[str, Any]
    confidence: Mapping[str, float]
    preset: str | None = None


class MappingAnswer(Record):
    tenant: Zone
    file: File | None = None
    import_fields: Sequence[Field]
    import_guess: Guess

    def mapping(self, kind: str) -> Mapping[str, Any]:
        """What was chosen for the last run, when that was of this kind; the guess otherwise."""
        chosen = self.file is not None and self.file.kind == kind
        return self.file.mapping if chosen and self.file is not None else self.import_guess.mapping


class UserError(Record):
    field: Sequence[str] | None = None
    message: str


class Changed(Record):
    user_errors: Sequence[UserError]


class ChangedAnswer(Record):
    changed: Changed


async def load_list(client: ApiClient) -> ListAnswer:
    return await client.run("Imports", ListAnswer)


async def load_one(client: ApiClient, identity: str) -> OneAnswer:
    return await client.run("ImportOne", OneAnswer, {"id": identity})


async def load_mapping(client: ApiClient, identity: str, kind: str) -> MappingAnswer:
    return await client.run("ImportMapping", MappingAnswer, {"id": identity, "kind": kind})


async def change(client: ApiClient, operation: str, variables: Mapping[str, Any]) -> str | None:
    """What stands against it, or None when it is done."""
    answer = await client.run(operation, ChangedAnswer, variables)
    return next((error.message for error in answer.changed.user_errors), None)
