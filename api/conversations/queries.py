"""Conversations, and how many of them go on right now."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.conversations import repository
from api.conversations.filters import ConversationOrder, ConversationWhere
from api.conversations.types import Conversation
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.lists import Asked, List
from api.graphql.permissions import Requirement, field
from api.tenants.types import tenant_of


@strawberry.type(description="The conversations that are open: opened, and not closed since.")
class OpenConversations:
    __needs__: ClassVar[Requirement] = Permission.CONVERSATIONS_READ
    count: int
    oldest_opened_at: datetime | None = strawberry.field(description="Null when none is open.")
    as_of: datetime = strawberry.field(description="The tenant's clock when this was read.")


CONVERSATIONS = List("conversations", repository.CONVERSATIONS, Conversation.of)


@strawberry.type
class ConversationQuery:
    @field(Permission.CONVERSATIONS_READ, "Conversations, newest first.", cached=RECORDS)
    async def conversations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: ConversationWhere | None = None,
        order_by: list[ConversationOrder] | None = None,
    ) -> Connection[Conversation]:
        return await CONVERSATIONS.connect(info.context, Asked(first, after, last, before, where, order_by))

    @field(Permission.CONVERSATIONS_READ, "The conversations that go on right now.", cached=RECORDS)
    async def open_conversations(self, info: Info) -> OpenConversations:
        context = info.context
        now = (await tenant_of(context)).now(context.services.now())
        count, oldest = await repository.count_open(context.snapshot, now)
        return OpenConversations(count=count, oldest_opened_at=oldest, as_of=now)
