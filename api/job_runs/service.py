"""Asking for a job's end."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from api.audit.repository import insert_entry
from api.errors import ConflictError, NotFoundError
from api.job_runs import repository
from models.database import Database


async def cancel(database: Database, tenant_id: UUID, job_id: UUID, *, actor: str, now: Callable[[], datetime]) -> None:
    """A running job ends at its next report; what it has committed stays."""
    async with database.unit_of_work(tenant_id) as session:
        asked = await repository.request_cancel(session, tenant_id, job_id, now())
        if asked is None:
            raise no_such_job()
        if not asked:
            raise ConflictError("This job has ended already.", path=("id",))
        await insert_entry(session, tenant_id, at=now(), actor=actor, action="job.cancel", details={"job": str(job_id)})


def no_such_job() -> NotFoundError:
    return NotFoundError("There is no such job.", path=("id",))
