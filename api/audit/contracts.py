"""An entry of the audit trail as it is read, and what the trail can be narrowed down to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditRecord:
    id: UUID
    at: datetime
    actor: str
    action: str
    outcome: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """All of what is given holds. `since` is in it, `until` is not."""

    actor: str | None = None
    action: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
