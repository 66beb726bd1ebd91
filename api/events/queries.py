"""The newest events."""

from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.events import repository
from api.events.filters import EventOrder, EventWhere
from api.events.types import Event
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Context, Info
from api.graphql.lists import Asked, List
from api.graphql.node import NodeSource
from api.graphql.permissions import field

EVENTS = List("events", repository.EVENTS, Event.of)


@strawberry.type
class EventQuery:
    @field(Permission.EVENTS_READ, "Accepted events, newest first.", cached=RECORDS)
    async def events(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: EventWhere | None = None,
        order_by: list[EventOrder] | None = None,
    ) -> Connection[Event]:
        return await EVENTS.connect(info.context, Asked(first, after, last, before, where, order_by))


async def _load(context: Context, key: UUID) -> Event | None:
    record = await context.loader(repository.load_events, UUID).load(key)
    return None if record is None else Event.of(record)


NODES = {"Event": NodeSource(Permission.EVENTS_READ, _load)}
