"""SQL of events as they are read."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from api.events.contracts import EventRecord
from models import Event
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, Children, columns_of

event = table(Event)

NEWEST_FIRST: Final = SortKey("occurred_at", event.c.occurred_at, event.c.id, descending=True)

of_customer: Final = Children(EventRecord, event, "customer_id", NEWEST_FIRST)


async def list_events(snapshot: Snapshot, page: Page) -> Slice[EventRecord]:
    statement = select(*columns_of(EventRecord, event)).where(event.c.tenant_id == snapshot.tenant_id)
    part = cut(await snapshot.rows(page_of(statement, NEWEST_FIRST, page)), page)
    return Slice(tuple(EventRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_events(snapshot: Snapshot) -> int:
    inner = select(event.c.id).where(event.c.tenant_id == snapshot.tenant_id).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))


async def load_events(snapshot: Snapshot, ids: Sequence[UUID]) -> list[EventRecord | None]:
    statement = select(*columns_of(EventRecord, event)).where(
        event.c.tenant_id == snapshot.tenant_id, event.c.id.in_(ids)
    )
    found = {row.id: EventRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(key) for key in ids]
