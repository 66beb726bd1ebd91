"""The dead letters of a tenant."""

import strawberry

from api.auth.permissions import Permission
from api.dead_letters import repository
from api.dead_letters.contracts import DeadLetterRecord
from api.dead_letters.types import DeadLetter, DeadLetterKind, DeadLetterState
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.permissions import field
from models.keyset import Position


@strawberry.type
class DeadLetterQuery:
    @field(Permission.SETTINGS_MANAGE, "Rejected events and failed messages, newest first.")
    async def dead_letters(
        self,
        info: Info,
        kind: DeadLetterKind | None = None,
        state: DeadLetterState | None = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[DeadLetter]:
        context = info.context
        wanted = {"kind": kind, "state": state}
        filters = {name: value.value for name, value in wanted.items() if value is not None}
        paging = Paging.of(context, "deadLetters", repository.NEWEST_FIRST, filters.get("kind"), filters.get("state"))
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: DeadLetterRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_dead_letters(context.snapshot, filters)

        part = await repository.list_dead_letters(context.snapshot, page, filters)
        return paging.connect(context, part, DeadLetter.of, position, count)
