"""The event schemas and the ingest policy of a tenant."""

import strawberry

from api.auth.permissions import Permission
from api.events import schema_repository as repository
from api.events.contracts import EventSchemaRecord
from api.events.schema_types import EventSchema, IngestPolicy
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.permissions import field
from models.keyset import Position


@strawberry.type
class IngestRuleQuery:
    @field(Permission.SETTINGS_MANAGE, "Event schemas, by the name of their events.")
    async def event_schemas(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[EventSchema]:
        context = info.context
        paging = Paging.of(context, "eventSchemas", repository.BY_NAME)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: EventSchemaRecord) -> Position:
            return Position(record.name, record.id)

        async def count() -> int:
            return await repository.count_schemas(context.snapshot)

        part = await repository.list_schemas(context.snapshot, page)
        return paging.connect(context, part, EventSchema.of, position, count)

    @field(Permission.SETTINGS_MANAGE, "What is asked of all events.")
    async def ingest_policy(self, info: Info) -> IngestPolicy:
        found = await repository.find_policy(info.context.snapshot)
        return IngestPolicy(maximum_age_days=found.maximum_age_days)
