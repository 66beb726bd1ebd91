"""A customer as it is read, and what lists of customers can be narrowed down to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from models.conditions import Between


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """`total_spent` in minor units."""

    id: UUID
    external_id: str
    name: str
    name_key: str
    email: str | None
    country: str | None
    first_seen_at: datetime
    total_spent: int
    order_count: int
    last_order_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountryCount:
    country: str
    customers: int


class Act(StrEnum):
    """What a customer can have done at a moment."""

    ORDER = "ORDER"
    CANCELLATION = "CANCELLATION"
    EVENT = "EVENT"
    CONVERSATION = "CONVERSATION"
    REPLY = "REPLY"
    RATING = "RATING"
    CONVERSION = "CONVERSION"


@dataclass(frozen=True, slots=True)
class Acted:
    """At least one of the acts within the span."""

    acts: tuple[Act, ...]
    at: Between[datetime]


@dataclass(frozen=True, slots=True)
class Cell:
    """Fifths of recency and of frequency under the current version of RFM."""

    recency: int
    frequency: int


@dataclass(frozen=True, slots=True)
class Moved:
    """In the one segment `days` before their version's last date, and in the other at it; None is anywhere."""

    origin: UUID
    target: UUID | None
    days: int


@dataclass(frozen=True, slots=True)
class Entered:
    """Entered the stage within the span; then went on to `target`, or had not left at the span's end."""

    stage: str
    at: Between[datetime]
    target: str | None = None
    still_here: bool = False


@dataclass(frozen=True, slots=True)
class Predicted:
    """From `low`, which is in it, up to `high`, which is not: a probability, or minor units."""

    kind: str
    days: int
    low: float | None = None
    high: float | None = None
