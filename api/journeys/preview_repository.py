"""SQL of a journey's preview: some customers, and their events."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, literal, select

from api.journeys.contracts import Happening
from models import Customer, Event
from models.base import table
from models.database import Snapshot

event = table(Event)
customer = table(Customer)


async def sample_customers(snapshot: Snapshot, most: int) -> list[UUID]:
    """An even draw that is the same at every reading: by a hash of their ids."""
    statement = (
        select(customer.c.id)
        .where(customer.c.tenant_id == snapshot.tenant_id)
        .order_by(func.uuid_hash(customer.c.id), customer.c.id)
        .limit(most)
    )
    return [row[0] for row in await snapshot.rows(statement)]


async def list_happenings_of(
    snapshot: Snapshot, customers: Sequence[UUID], names: Sequence[str], properties: Sequence[str]
) -> Mapping[UUID, list[Happening]]:
    wanted = [event.c.properties.op("->>")(literal(name)) for name in properties]
    statement = select(event.c.customer_id, event.c.occurred_at, event.c.name, *wanted).where(
        event.c.tenant_id == snapshot.tenant_id,
        event.c.customer_id == func.any(list(customers)),
        event.c.name == func.any(list(names)),
    )
    found: dict[UUID, list[Happening]] = defaultdict(list)
    for key, at, name, *values in await snapshot.rows(statement):
        found[key].append(Happening(at, name, tuple(zip(properties, values, strict=True))))
    return found
