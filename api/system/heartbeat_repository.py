"""Each process's row about itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.system.contracts import ProcessReport
from models import ProcessHeartbeat
from models.base import table
from models.relations import columns_of

heartbeat = table(ProcessHeartbeat)
FORGOTTEN_AFTER: Final = timedelta(days=1)
"""A process that died without a word is shown as silent for this long."""
MOST: Final = 100


async def upsert_heartbeat(session: AsyncSession, report: ProcessReport) -> None:
    row = {column.name: getattr(report, column.name) for column in heartbeat.c}
    statement = insert(heartbeat).values(row)
    changed = {"seen_at": report.seen_at, "figures": statement.excluded.figures}
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))
    await session.execute(delete(heartbeat).where(heartbeat.c.seen_at < report.seen_at - FORGOTTEN_AFTER))


async def delete_heartbeat(session: AsyncSession, process_id: UUID) -> None:
    await session.execute(delete(heartbeat).where(heartbeat.c.id == process_id))


async def list_heartbeats(session: AsyncSession, now: datetime) -> Sequence[ProcessReport]:
    """The newest first."""
    statement = (
        select(*columns_of(ProcessReport, heartbeat))
        .where(heartbeat.c.seen_at >= now - FORGOTTEN_AFTER)
        .order_by(heartbeat.c.started_at.desc(), heartbeat.c.id)
        .limit(MOST)
    )
    return [ProcessReport(*row) for row in await session.execute(statement)]
