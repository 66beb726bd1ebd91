"""Reading the requests about people's data."""

import strawberry

from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.permissions import field
from api.privacy import request_repository as repository
from api.privacy.contracts import RequestRecord
from api.privacy.types import PrivacyRequest, request_by_key
from models.keyset import Position


@strawberry.type
class PrivacyQuery:
    @field(Permission.PRIVACY_MANAGE, "Exports and erasures of people's data, the newest first.")
    async def privacy_requests(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[PrivacyRequest]:
        context = info.context
        paging = Paging.of(context, "privacyRequests", repository.NEWEST_FIRST)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: RequestRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_requests(context.snapshot)

        part = await repository.list_requests(context.snapshot, page)
        return paging.connect(context, part, PrivacyRequest.of, position, count)

    @field(Permission.PRIVACY_MANAGE, "One of them; null when there is none, or none of yours.")
    async def privacy_request(self, info: Info, id: strawberry.ID) -> PrivacyRequest | None:  # noqa: A002
        key = key_of("PrivacyRequest", id)
        return None if key is None else await request_by_key(info.context, key)
