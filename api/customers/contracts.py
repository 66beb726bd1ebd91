"""A customer as it is read, and what lists of customers can be narrowed down to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

V = TypeVar("V", int, datetime)


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


@dataclass(frozen=True, slots=True)
class Between(Generic[V]):
    """From `low`, which is in it, up to `high`: a number's is in it, a moment's is not."""

    low: V | None = None
    high: V | None = None


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


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """All of what is given holds."""

    search: str | None = None
    countries: tuple[str, ...] = ()
    total_spent: Between[int] | None = None
    order_count: Between[int] | None = None
    last_order_at: Between[datetime] | None = None
    first_seen_at: Between[datetime] | None = None
    acted: Acted | None = None
    segment: UUID | None = None
    rfm: Cell | None = None
    moved: Moved | None = None
    entered: Entered | None = None
    predicted: Predicted | None = None

    @property
    def is_analytic(self) -> bool:
        """Whether it tells what was worked out of customers, and not only what was received of them."""
        return any((self.segment, self.rfm, self.moved, self.entered, self.predicted))


EVERYBODY = CustomerFilter()
