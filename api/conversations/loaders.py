"""Conversations and messages by key."""

from uuid import UUID

from api.auth.permissions import Permission
from api.conversations.repository import load_conversations, load_messages
from api.conversations.types import Conversation, Message
from api.graphql.context import Context
from api.graphql.node import NodeSource


async def conversation_by_key(context: Context, key: UUID) -> Conversation | None:
    record = await context.loader(load_conversations, UUID).load(key)
    return None if record is None else Conversation.of(record)


async def message_by_key(context: Context, key: UUID) -> Message | None:
    record = await context.loader(load_messages, UUID).load(key)
    return None if record is None else Message.of(record)


NODES = {
    "Conversation": NodeSource(Permission.CONVERSATIONS_READ, conversation_by_key),
    "Message": NodeSource(Permission.CONVERSATIONS_READ, message_by_key),
}
