"""SQL of jobs: a tenant's rows, and the one door to the engine."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import Job
from models.base import new_id, table

job = table(Job)


async def insert_job(
    session: AsyncSession, tenant_id: UUID, kind: str, subject_id: UUID, actor: str, now: datetime
) -> UUID:
    identity = new_id()
    await session.execute(
        insert(job).values(
            tenant_id=tenant_id,
            id=identity,
            kind=kind,
            subject_id=subject_id,
            state="queued",
            fence=0,
            progress_done=0,
            cancel_requested=False,
            failures=0,
            created_by=actor,
            created_at=now,
        )
    )
    return identity


async def hand_to_engine(session: AsyncSession, kind: str, job_id: UUID) -> None:
    """The engine learns the tenant from the transaction itself."""
    await session.execute(select(func.app.enqueue(kind, job_id)))
