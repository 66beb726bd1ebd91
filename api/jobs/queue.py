"""Asking for long work: a row of the tenant's and an entry of the engine's, in the transaction of what asks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.jobs import repository


async def enqueue(
    session: AsyncSession, tenant_id: UUID, kind: str, subject_id: UUID, *, actor: str, now: datetime
) -> UUID:
    """The id of the new job. It starts if this transaction commits, and only then."""
    job_id = await repository.insert_job(session, tenant_id, kind, subject_id, actor, now)
    await repository.hand_to_engine(session, kind, job_id)
    return job_id
