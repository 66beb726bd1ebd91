"""SQL of how long customers wait for the first reply."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.streams.topics import ConversationsTouched
from models import ConversationResponse, Message
from models.base import table

message = table(Message)
response = table(ConversationResponse)


async def keep_first_replies(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
    """The effect of a ConversationsTouched message."""
    await rebuild_responses(session, tenant_id, ConversationsTouched.from_json(payload).conversation_ids)


async def rebuild_responses(session: AsyncSession, tenant_id: UUID, conversations: Sequence[UUID]) -> None:
    """Works out first question and first reply of each conversation anew; one without a question has no row."""
    mine = (response.c.tenant_id == tenant_id, response.c.conversation_id == func.any(list(conversations)))
    await session.execute(delete(response).where(*mine))
    asked = (
        select(message.c.conversation_id, func.min(message.c.sent_at).label("at"))
        .where(
            message.c.tenant_id == tenant_id,
            message.c.conversation_id == func.any(list(conversations)),
            message.c.author == "customer",
        )
        .group_by(message.c.conversation_id)
        .subquery("asked")
    )
    replied = (
        select(func.min(message.c.sent_at))
        .where(
            message.c.tenant_id == tenant_id,
            message.c.conversation_id == asked.c.conversation_id,
            message.c.author == "agent",
            message.c.sent_at >= asked.c.at,
        )
        .scalar_subquery()
    )
    await session.execute(
        insert(response).from_select(
            ["tenant_id", "conversation_id", "asked_at", "replied_at"],
            select(literal(tenant_id), asked.c.conversation_id, asked.c.at, replied),
        )
    )
