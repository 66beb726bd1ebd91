"""Orders and their lines as they are read; amounts in minor units."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrderRecord:
    id: UUID
    external_id: str
    customer_id: UUID | None
    kind: str
    placed_at: datetime
    total: int


@dataclass(frozen=True, slots=True)
class OrderLineRecord:
    order_id: UUID
    number: int
    sku: str
    description: str
    quantity: int
    unit_amount: int
    total: int
