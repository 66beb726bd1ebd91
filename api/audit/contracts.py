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
