"""Who is logged in."""

from uuid import UUID

import strawberry

from api.accounts.types import User
from api.graphql.context import Context, Info
from api.graphql.node import NodeSource
from api.graphql.permissions import Access, field


@strawberry.type
class AccountQuery:
    @field(Access.AUTHENTICATED, "Yourself.")
    async def me(self, info: Info) -> User:
        return User.of(info.context.principal)


async def _load(context: Context, key: UUID) -> User | None:
    return User.of(context.principal) if key == context.principal.account_id else None


NODES = {"User": NodeSource(Access.AUTHENTICATED, _load)}
