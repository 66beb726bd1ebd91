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
class CustomerFilter:
    """All of what is given holds."""

    search: str | None = None
    countries: tuple[str, ...] = ()
    total_spent: Between[int] | None = None
    order_count: Between[int] | None = None
    last_order_at: Between[datetime] | None = None
    first_seen_at: Between[datetime] | None = None
    acted: Acted | None = None


EVERYBODY = CustomerFilter()
