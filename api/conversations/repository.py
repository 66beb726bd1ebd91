"""SQL of conversations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select

from api.conversations.contracts import ConversationRecord, MessageRecord
from models import Conversation, Message
from models.base import table
from models.database import Snapshot
from models.filters import Filter, Filters, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import Children, columns_of

conversation = table(Conversation)
message = table(Message)

NEWEST_FIRST: Final = SortKey("opened_at", conversation.c.opened_at, conversation.c.id, descending=True)
AS_SAID: Final = SortKey("sent_at", message.c.sent_at, message.c.id)

FILTERS: Final[Filters] = {
    **filters_of("external_id", "channel", "opened_at", "closed_at", "rating", source=conversation.c),
    "customer": Filter(conversation.c.customer_id),
}
MESSAGE_FILTERS: Final = filters_of("author", "sent_at", source=message.c)

CONVERSATIONS: Final = RowList(ConversationRecord, conversation, (NEWEST_FIRST,), FILTERS)
of_customer: Final = Children(ConversationRecord, conversation, "customer_id", NEWEST_FIRST, filters=FILTERS)
messages_of_conversation: Final = Children(MessageRecord, message, "conversation_id", AS_SAID, filters=MESSAGE_FILTERS)


async def load_conversations(snapshot: Snapshot, ids: Sequence[UUID]) -> list[ConversationRecord | None]:
    statement = select(*columns_of(ConversationRecord, conversation)).where(
        conversation.c.tenant_id == snapshot.tenant_id, conversation.c.id.in_(ids)
    )
    found = {row.id: ConversationRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(key) for key in ids]


async def count_open(snapshot: Snapshot, now: datetime) -> tuple[int, datetime | None]:
    """How many are open, and when the oldest of them was opened."""
    statement = select(func.count(), func.min(conversation.c.opened_at)).where(
        conversation.c.tenant_id == snapshot.tenant_id,
        conversation.c.closed_at.is_(None),
        conversation.c.opened_at <= now,
    )
    row = await snapshot.first(statement)
    return (0, None) if row is None else (int(row[0]), row[1])


async def load_messages(snapshot: Snapshot, ids: Sequence[UUID]) -> list[MessageRecord | None]:
    statement = select(*columns_of(MessageRecord, message)).where(
        message.c.tenant_id == snapshot.tenant_id, message.c.id.in_(ids)
    )
    found = {row.id: MessageRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(key) for key in ids]
