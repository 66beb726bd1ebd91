"""Following a job to its end."""

from collections.abc import AsyncGenerator
from typing import Final

import strawberry

from api.auth.permissions import Permission
from api.graphql.context import Info
from api.graphql.following import follow
from api.graphql.ids import key_of
from api.graphql.permissions import subscription
from api.job_runs import repository
from api.job_runs.service import no_such_job
from api.job_runs.types import Job
from api.streams.feeds import Sharing

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
        records = follow(
            context.services.database,
            context.tenant_id,
            key,
            repository.load_jobs,
            is_over=lambda record: record.finished_at is not None,
            missing=no_such_job,
            seconds=LOOK_SECONDS,
        )
        async for record in records:
            yield Job.of(record)
