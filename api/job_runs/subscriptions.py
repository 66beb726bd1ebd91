"""Following a job to its end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.permissions import subscription
from api.job_runs import repository
from api.job_runs.contracts import JobRecord
from api.job_runs.service import no_such_job
from api.job_runs.types import Job
from api.streams.feeds import Sharing
from models.database import Database, is_unreachable

LOOK_SECONDS: Final = 1.0


@strawberry.type
class JobSubscription:
    @subscription(
        Permission.ANALYTICS_VIEW,
        "The job as it is, then at each change; ends when the job has ended.",
        Sharing.STATES,
    )
    async def job_updates(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Job, None]:  # noqa: A002
        context = info.context
        key = key_of("Job", id)
        if key is None:
            raise no_such_job()
        async for record in follow(context.services.database, context.tenant_id, key):
            yield Job.of(record)


async def follow(database: Database, tenant_id: UUID, job_id: UUID) -> AsyncIterator[JobRecord]:
    """Looks once a second, and holds no connection between two looks."""
    known: JobRecord | None = None
    while known is None or known.finished_at is None:
        record = await _look(database, tenant_id, job_id, patient=known is not None)
        if record is None:
            raise no_such_job()
        if record != known:
            known = record
            yield record
        if known.finished_at is None:
            await asyncio.sleep(LOOK_SECONDS)


async def _look(database: Database, tenant_id: UUID, job_id: UUID, *, patient: bool) -> JobRecord | None:
    """Once it has told something, a subscription outlives a database that is away for a while."""
    while True:
        try:
            async with database.reading(tenant_id) as snapshot:
                [record] = await repository.load_jobs(snapshot, [job_id])
        except Exception as error:
            if not patient or not is_unreachable(error):
                raise
        else:
            return record
        await asyncio.sleep(LOOK_SECONDS)
