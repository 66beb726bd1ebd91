"""One person as found in the database, what is asked about them, and what it came to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

EXPORT_JOB: Final = "privacy.export"
ERASE_JOB: Final = "privacy.erase"
EXPORT: Final = "export"
ERASE: Final = "erase"
ASKED: Final = "asked"
DONE: Final = "done"
FILE_KEPT: Final = timedelta(days=7)
UPLOADS_KEPT: Final = timedelta(days=30)
"""A file that nobody has imported since."""
SYSTEM: Final = "system:privacy"


@dataclass(frozen=True, slots=True)
class Talk:
    id: UUID
    source: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Person:
    """`key_id` is the key that the audit trail's words about them are sealed with; `recent` are the senders' ids of
    their latest events."""

    id: UUID
    external_id: str
    name: str
    email: str | None
    talks: tuple[Talk, ...]
    orders: tuple[UUID, ...]
    events: tuple[UUID, ...]
    recent: tuple[str, ...]
    key_id: UUID | None


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of a receipt: a place, what became of what lay there, and how much there was. None: it could not be
    reached."""

    place: str
    fate: str
    count: int | None

    def to_json(self) -> dict[str, Any]:
        return {"place": self.place, "fate": self.fate, "count": self.count}


@dataclass(frozen=True, slots=True)
class RequestRecord:
    id: UUID
    kind: str
    state: str
    customer_id: UUID | None
    job_id: UUID
    file_until: datetime | None
    receipt: list[dict[str, Any]]
    created_by: str
    created_at: datetime
    finished_at: datetime | None
