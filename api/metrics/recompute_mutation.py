"""The operator's check that the metrics are what the records add up to."""

from typing import ClassVar

import strawberry

from api.audit.repository import insert_entry
from api.auth.permissions import Permission
from api.graphql.context import Info
from api.graphql.payloads import UserError
from api.graphql.permissions import Requirement, mutation
from api.job_runs.types import Job, job_by_key
from api.jobs.queue import enqueue
from api.metrics.recompute import KIND


@strawberry.type(description="The job that does it; its summary says what differed.")
class MetricsRecomputePayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    job: Job | None
    user_errors: list[UserError]


@strawberry.type
class RecomputeMutation:
    @mutation(
        Permission.SETTINGS_MANAGE,
        "Recounts the additive metrics from the records, and corrects what differs. Nobody has to stop for it.",
    )
    async def metrics_recompute(self, info: Info) -> MetricsRecomputePayload:
        context = info.context
        tenant_id, actor, services = context.tenant_id, context.principal.actor, context.services
        now = services.now()
        async with services.database.unit_of_work(tenant_id) as session:
            job_id = await enqueue(session, tenant_id, KIND, tenant_id, actor=actor, now=now)
            details = {"job": str(job_id)}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="metrics.recompute", details=details)
        await context.renew()
        return MetricsRecomputePayload(job=await job_by_key(context, job_id), user_errors=[])
