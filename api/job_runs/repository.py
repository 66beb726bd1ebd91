"""SQL of jobs as their tenant sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.job_runs.contracts import JobRecord
from models import Job
from models.base import table
from models.database import Snapshot
from models.filters import filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

job = table(Job)

NEWEST_FIRST: Final = SortKey("created_at", job.c.created_at, job.c.id, descending=True)


JOBS: Final = RowList(
    JobRecord,
    job,
    (NEWEST_FIRST,),
    filters_of("kind", "state", "created_by", "created_at", "finished_at", source=job.c),
)


async def load_jobs(snapshot: Snapshot, ids: Sequence[UUID]) -> list[JobRecord | None]:
    rows = await snapshot.rows(
        select(*columns_of(JobRecord, job)).where(job.c.tenant_id == snapshot.tenant_id, job.c.id.in_(ids))
    )
    found = {row.id: JobRecord(*row) for row in rows}
    return [found.get(key) for key in ids]


async def request_cancel(session: AsyncSession, tenant_id: UUID, job_id: UUID, now: datetime) -> bool | None:
    """False when the job has ended already, None when there is none. One that has not begun ends here."""
    mine = and_(job.c.tenant_id == tenant_id, job.c.id == job_id)
    waits = job.c.state == "queued"
    statement = (
        update(job)
        .where(mine, job.c.state.in_(("queued", "running")))
        .values(
            cancel_requested=True,
            state=case((waits, "cancelled"), else_=job.c.state),
            finished_at=case((waits, now), else_=None),
        )
        .returning(job.c.id)
    )
    if (await session.execute(statement)).first() is not None:
        return True
    return None if (await session.execute(select(job.c.id).where(mine))).first() is None else False
