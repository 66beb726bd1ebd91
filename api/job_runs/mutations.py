"""Asking for a job's end, by the API."""

from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.errors import ConflictError, NotFoundError
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.job_runs.service import cancel, no_such_job
from api.job_runs.types import Job, job_by_key


@strawberry.type(description="The job, after its end was asked for.")
class JobCancelPayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    job: Job | None
    user_errors: list[UserError]


@strawberry.type
class JobMutation:
    @mutation(
        Permission.SETTINGS_MANAGE,
        "Ends a job: one that waits at once, one that runs at its next report. What it has done stays.",
    )
    async def job_cancel(self, info: Info, id: strawberry.ID) -> JobCancelPayload:  # noqa: A002
        context = info.context
        key = key_of("Job", id)
        if key is None:
            return JobCancelPayload(job=None, user_errors=[user_error(no_such_job())])
        services = context.services
        try:
            await cancel(services.database, context.tenant_id, key, actor=context.principal.actor, now=services.now)
        except (ConflictError, NotFoundError) as error:
            return JobCancelPayload(job=None, user_errors=[user_error(error)])
        await context.renew()
        return JobCancelPayload(job=await job_by_key(context, key), user_errors=[])
