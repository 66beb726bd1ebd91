"""Conversations in GraphQL."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.conversations import repository
from api.conversations.contracts import ConversationRecord, MessageRecord
from api.conversations.filters import MessageAuthor, MessageOrder, MessageWhere
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.permissions import Requirement, field
from api.graphql.personal import PersonalKind, personal
from api.graphql.relations import Relation

if TYPE_CHECKING:
    from api.customers.types import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("api.customers.types")]


@strawberry.type(description="One message of a conversation.")
class Message(Node):
    __needs__: ClassVar[Requirement] = Permission.CONVERSATIONS_READ
    record: strawberry.Private[MessageRecord]
    author: MessageAuthor
    sent_at: datetime

    @classmethod
    def of(cls, record: MessageRecord) -> "Message":
        return cls(
            id=global_id("Message", record.id),
            record=record,
            author=MessageAuthor(record.author),
            sent_at=record.sent_at,
        )

    @personal(PersonalKind.TEXT, "Contact details in it are masked without customers:export.")
    def body(self) -> str:
        return self.record.body


@strawberry.type(description="A conversation between a customer and the tenant's people.")
class Conversation(Node):
    __needs__: ClassVar[Requirement] = Permission.CONVERSATIONS_READ
    record: strawberry.Private[ConversationRecord]
    channel: str
    opened_at: datetime
    closed_at: datetime | None
    rating: int | None = strawberry.field(description="What the customer gave, 1 to 5; null when none was given.")

    @classmethod
    def of(cls, record: ConversationRecord) -> "Conversation":
        return cls(
            id=global_id("Conversation", record.id),
            record=record,
            channel=record.channel,
            opened_at=record.opened_at,
            closed_at=record.closed_at,
            rating=record.rating,
        )

    @personal(PersonalKind.IDENTITY, "The id the source gave it.")
    def external_id(self) -> str:
        return self.record.external_id

    @personal(PersonalKind.TEXT, "Contact details in it are masked without customers:export.")
    def subject(self) -> str:
        return self.record.subject

    @field(Permission.CUSTOMERS_READ, "Whose conversation it is; null when nobody was named.", cached=RECORDS)
    async def customer(self, info: Info) -> LazyCustomer | None:
        from api.customers.loaders import customer_by_key

        key = self.record.customer_id
        return None if key is None else await customer_by_key(info.context, key)

    @field(Permission.CONVERSATIONS_READ, "What was said, in order.", cached=RECORDS)
    async def messages(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: MessageWhere | None = None,
        order_by: list[MessageOrder] | None = None,
    ) -> Connection[Message]:
        return await messages_of_conversation.connect(
            info.context, self.record.id, first, after, last, before, where, order_by
        )


messages_of_conversation = Relation("conversation.messages", repository.messages_of_conversation, Message.of)
conversations_of_customer = Relation("customer.conversations", repository.of_customer, Conversation.of)
