"""The source keys of a tenant, never their secrets."""

import strawberry

from api.accounts import source_key_repository as repository
from api.accounts.contracts import SourceKeyRecord
from api.accounts.source_key_types import SourceKey
from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.permissions import field
from models.keyset import Position


@strawberry.type
class SourceKeyQuery:
    @field(Permission.API_KEYS_MANAGE, "Source keys, newest first, the revoked ones too.")
    async def source_keys(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[SourceKey]:
        context = info.context
        paging = Paging.of(context, "sourceKeys", repository.NEWEST_FIRST)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: SourceKeyRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_source_keys(context.snapshot)

        part = await repository.list_source_keys(context.snapshot, page)
        return paging.connect(context, part, SourceKey.of, position, count)
