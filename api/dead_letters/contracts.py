"""Dead letters as they are kept, read and settled."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Kind(StrEnum):
    EVENT = "event"
    MESSAGE = "message"


class State(StrEnum):
    WAITING = "waiting"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class RejectedEvent:
    """An event that ingest refused. The same (origin, reference) waits once."""

    origin: str
    reference: str
    code: str
    path: tuple[str, ...]
    message: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeadLetterRecord:
    id: UUID
    kind: str
    origin: str
    reference: str
    code: str
    path: list[str]
    message: str
    payload: dict[str, Any]
    attempts: int
    state: str
    created_at: datetime
    settled_at: datetime | None


class Outcome(StrEnum):
    ACCEPTED = "ACCEPTED"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"
    REQUEUED = "REQUEUED"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one dead letter: an event was taken in again or refused again, a message is on its way again."""

    id: UUID
    outcome: Outcome
    code: str | None = None
    path: tuple[str, ...] | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """`missing` are ids of no dead letter of the tenant; `closed` were replayed or discarded before."""

    replayed: tuple[Replayed, ...]
    discarded: tuple[UUID, ...]
    missing: tuple[UUID, ...]
    closed: tuple[UUID, ...]
