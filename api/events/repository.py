"""SQL of events as they are read."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from api.events.contracts import EventRecord
from models import Event
from models.base import table
from models.database import Snapshot
from models.filters import Filter, Filters, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import Children, columns_of

event = table(Event)

NEWEST_FIRST: Final = SortKey("occurred_at", event.c.occurred_at, event.c.id, descending=True)

FILTERS: Final[Filters] = {
    **filters_of("name", "source", "message_id", "occurred_at", "received_at", source=event.c),
    "customer": Filter(event.c.customer_id),
}

EVENTS: Final = RowList(EventRecord, event, (NEWEST_FIRST,), FILTERS)
of_customer: Final = Children(EventRecord, event, "customer_id", NEWEST_FIRST, filters=FILTERS)


async def load_events(snapshot: Snapshot, ids: Sequence[UUID]) -> list[EventRecord | None]:
    statement = select(*columns_of(EventRecord, event)).where(
        event.c.tenant_id == snapshot.tenant_id, event.c.id.in_(ids)
    )
    found = {row.id: EventRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(key) for key in ids]
