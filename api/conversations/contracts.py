"""Conversations and their messages as they are read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    id: UUID
    external_id: str
    customer_id: UUID | None
    channel: str
    subject: str
    opened_at: datetime
    closed_at: datetime | None
    rating: int | None


@dataclass(frozen=True, slots=True)
class MessageRecord:
    id: UUID
    author: str
    sent_at: datetime
    body: str
