"""SQL of single customers' ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Table, Uuid, func, select
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import distinct_on

from api.journeys.flow_repository import Visit, spell
from models.database import Snapshot
from models.keyset import SortKey
from models.relations import Children


@dataclass(frozen=True, slots=True)
class Step:
    """A spell of a customer's way. Spells have no id of their own: `id` tells those of one moment apart."""

    id: UUID
    stage: str
    entered_at: datetime
    left_at: datetime | None
    next_stage: str | None


_steps: Any = select(
    spell.c.tenant_id,
    spell.c.customer_id,
    as_type(func.md5(spell.c.stage), Uuid).label("id"),
    spell.c.stage,
    spell.c.entered_at,
    spell.c.left_at,
    spell.c.next_stage,
).subquery("step")

STEPS: Final = Children(
    Step,
    cast(Table, _steps),
    "customer_id",
    SortKey("entered_at", _steps.c.entered_at, _steps.c.id, descending=True),
)


async def load_last_spells(snapshot: Snapshot, customers: Sequence[UUID]) -> list[Visit | None]:
    """Where each customer is: its spell that has not ended."""
    statement = (
        select(spell.c.customer_id, spell.c.stage, spell.c.entered_at, spell.c.left_at, spell.c.next_stage)
        .ext(distinct_on(spell.c.customer_id))
        .where(
            spell.c.tenant_id == snapshot.tenant_id,
            spell.c.customer_id.in_(list(customers)),
            spell.c.left_at.is_(None),
        )
        .order_by(spell.c.customer_id, spell.c.entered_at.desc())
    )
    found = {row[0]: Visit(*row) for row in await snapshot.rows(statement)}
    return [found.get(customer) for customer in customers]
