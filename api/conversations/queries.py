"""How many conversations go on right now."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.conversations import repository
from api.graphql.context import Info
from api.graphql.permissions import Requirement, field
from api.tenants.types import tenant_of


@strawberry.type(description="The conversations that are open: opened, and not closed since.")
class OpenConversations:
    __needs__: ClassVar[Requirement] = Permission.CONVERSATIONS_READ
    count: int
    oldest_opened_at: datetime | None = strawberry.field(description="Null when none is open.")
    as_of: datetime = strawberry.field(description="The tenant's clock when this was read.")


@strawberry.type
class ConversationQuery:
    @field(Permission.CONVERSATIONS_READ, "The conversations that go on right now.", cached=RECORDS)
    async def open_conversations(self, info: Info) -> OpenConversations:
        context = info.context
        now = (await tenant_of(context)).now(context.services.now())
        count, oldest = await repository.count_open(context.snapshot, now)
        return OpenConversations(count=count, oldest_opened_at=oldest, as_of=now)
