"""A job as its tenant sees it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class JobRecord:
    id: UUID
    kind: str
    state: str
    progress_done: int
    progress_total: int | None
    cancel_requested: bool
    failures: int
    fault: str | None
    summary: str | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
