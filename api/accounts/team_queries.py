"""The people of a tenant, and the sessions they have open."""

import strawberry

from api.accounts import team_repository as repository
from api.accounts.contracts import MemberRecord, TeamSessionRecord
from api.accounts.team_types import Member, OpenSession
from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.permissions import field
from models.keyset import Position


@strawberry.type
class TeamQuery:
    @field(Permission.USERS_MANAGE, "The people of your tenant, by name.")
    async def members(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Member]:
        context = info.context
        paging = Paging.of(context, "members", repository.BY_NAME)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: MemberRecord) -> Position:
            return Position(record.name, record.id)

        async def count() -> int:
            return await repository.count_members(context.snapshot)

        part = await repository.list_members(context.snapshot, page)
        return paging.connect(context, part, Member.of, position, count)

    @field(Permission.USERS_MANAGE, "The open sessions of your tenant, newest first.")
    async def open_sessions(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[OpenSession]:
        context = info.context
        now, own = context.services.now(), context.principal.session_id
        paging = Paging.of(context, "openSessions", repository.NEWEST_FIRST)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: TeamSessionRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_sessions(context.snapshot, now)

        part = await repository.list_sessions(context.snapshot, page, now)
        return paging.connect(context, part, lambda record: OpenSession.of(record, own), position, count)
