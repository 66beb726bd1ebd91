"""The newest events."""

from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.events import repository
from api.events.contracts import EventRecord
from api.events.types import Event
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Context, Info
from api.graphql.node import NodeSource
from api.graphql.permissions import field
from models.keyset import Position


@strawberry.type
class EventQuery:
    @field(Permission.EVENTS_READ, "Accepted events, newest first.", cached=RECORDS)
    async def events(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Event]:
        context = info.context
        paging = Paging.of(context, "events", repository.NEWEST_FIRST)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: EventRecord) -> Position:
            return Position(record.occurred_at, record.id)

        async def count() -> int:
            return await repository.count_events(context.snapshot)

        part = await repository.list_events(context.snapshot, page)
        return paging.connect(context, part, Event.of, position, count)


async def _load(context: Context, key: UUID) -> Event | None:
    record = await context.loader(repository.load_events, UUID).load(key)
    return None if record is None else Event.of(record)


NODES = {"Event": NodeSource(Permission.EVENTS_READ, _load)}
