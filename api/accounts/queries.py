"""Who is logged in."""

from uuid import UUID

import strawberry

from api.accounts.types import User
from api.cache.freshness import Freshness, Tag
from api.graphql.context import Context, Info
from api.graphql.node import NodeSource
from api.graphql.permissions import Access, field

OWN_ACCOUNT = Freshness(
    frozenset({Tag.ACCOUNTS}),
    60.0,
    "All of it is the caller's own, who is looked up every two seconds and is part of the answer's key.",
    per_user=True,
    by_role=frozenset({"role", "permissions", "__typename"}),
)


@strawberry.type
class AccountQuery:
    @field(Access.PERSON, "Yourself.", cached=OWN_ACCOUNT)
    async def me(self, info: Info) -> User:
        return User.of(info.context.principal)


async def _load(context: Context, key: UUID) -> User | None:
    return User.of(context.principal) if key == context.principal.account_id else None


NODES = {"User": NodeSource(Access.AUTHENTICATED, _load)}
