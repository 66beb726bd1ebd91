"""SQL of what the conditions of a rule see of one customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.segments.conditions_repository import customer, holds, measured
from api.segments.definition import Condition
from models.database import Snapshot


async def measure(
    snapshot: Snapshot, conditions: Sequence[Condition], customer_id: UUID, now: datetime
) -> list[tuple[bool, Any]]:
    """For each, whether it holds and what it looked at: one statement for all."""
    columns: list[Any] = []
    for place, condition in enumerate(conditions):
        columns.append(holds(condition, snapshot.tenant_id, now).label(f"holds_{place}"))
        columns.append(measured(condition, snapshot.tenant_id, now).label(f"actual_{place}"))
    statement = select(*columns).where(customer.c.tenant_id == snapshot.tenant_id, customer.c.id == customer_id)
    row = await snapshot.first(statement.select_from(customer))
    assert row is not None
    return [(bool(row[2 * place]), row[2 * place + 1]) for place in range(len(conditions))]
