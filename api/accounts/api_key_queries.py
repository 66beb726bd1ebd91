"""The API keys of a tenant, never their secrets."""

import strawberry

from api.accounts import api_key_repository as repository
from api.accounts.api_key_types import ApiKey
from api.accounts.contracts import ApiKeyRecord
from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.permissions import field
from models.keyset import Position


@strawberry.type
class ApiKeyQuery:
    @field(Permission.API_KEYS_MANAGE, "API keys, newest first, the revoked and expired ones too.")
    async def api_keys(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[ApiKey]:
        context = info.context
        paging = Paging.of(context, "apiKeys", repository.NEWEST_FIRST)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: ApiKeyRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_api_keys(context.snapshot)

        part = await repository.list_api_keys(context.snapshot, page)
        return paging.connect(context, part, ApiKey.of, position, count)
