"""A customer as it is read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


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
