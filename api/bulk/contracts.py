"""A bulk operation as it is read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

RUN: Final = "bulk.run"
WRITE: Final = "bulk.write"
LARGEST_WHOLE: Final = 1_000
"""Lines that can be one transaction."""
KEPT: Final = timedelta(hours=24)
"""How long a file can be fetched after it is whole."""


class State(StrEnum):
    CREATED = "CREATED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class ErrorPolicy(StrEnum):
    """What a line that fails undoes: all lines, all of itself, or only what failed of it."""

    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"
    IGNORE_FAILED = "IGNORE_FAILED"


OF_JOB: Final = {
    "queued": State.CREATED,
    "running": State.RUNNING,
    "succeeded": State.COMPLETED,
    "failed": State.FAILED,
    "cancelled": State.CANCELED,
}


@dataclass(frozen=True, slots=True)
class BulkRecord:
    """`job_state`, `fault` and `finished_at` are its job's; `objects`, `size` (bytes) and `failed` what its file has so
    far. Only a mutation has an error policy, and an upload with its lines."""

    id: UUID
    query: str
    variables: dict[str, Any]
    needs: list[str]
    job_id: UUID
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    error_policy: str | None
    upload_id: UUID | None
    job_state: str
    fault: str | None
    finished_at: datetime | None
    objects: int
    size: int
    failed: int

    def state(self, now: datetime) -> State:
        found = OF_JOB[self.job_state]
        over = self.expires_at is not None and now >= self.expires_at
        return State.EXPIRED if found is State.COMPLETED and over else found


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The end of what is written so far; without a cursor, of all there is."""

    number: int
    objects: int
    cursor: str | None
    failed: int = 0
