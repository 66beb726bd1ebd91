"""SQL that notes whom something new is known of, for the segments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.customers.stale_repository import insert_stale
from api.segments.members_repository import PURPOSE
from api.streams.topics import CustomersActive
from models import Segment
from models.base import table

segment = table(Segment)


async def note_active(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
    """The effect of a CustomersActive message: rules may look at any event. Nothing for a tenant without segments."""
    any_segment = select(segment.c.id).where(segment.c.tenant_id == tenant_id, segment.c.kind == "rule").limit(1)
    if (await session.execute(any_segment)).first() is None:
        return
    spans = CustomersActive.from_json(payload).spans
    await insert_stale(session, tenant_id, [span[0] for span in spans], PURPOSE, now)
