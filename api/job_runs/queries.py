"""Reading jobs."""

from typing import Annotated

import strawberry

from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.node import NodeSource
from api.graphql.permissions import field
from api.job_runs import repository
from api.job_runs.contracts import JobRecord
from api.job_runs.types import Job, JobState, job_by_key
from models.keyset import Position

State = Annotated[JobState | None, strawberry.argument(description="Only jobs in this state.")]


@strawberry.type
class JobQuery:
    @field(Permission.ANALYTICS_VIEW, "Jobs, the newest first.")
    async def jobs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        state: State = None,
    ) -> Connection[Job]:
        context = info.context
        chosen = None if state is None else state.value
        paging = Paging.of(context, "jobs", repository.NEWEST_FIRST, chosen)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: JobRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_jobs(context.snapshot, chosen)

        part = await repository.list_jobs(context.snapshot, chosen, page)
        return paging.connect(context, part, Job.of, position, count)

    @field(Permission.ANALYTICS_VIEW, "One job; null when there is none, or none of yours.")
    async def job(self, info: Info, id: strawberry.ID) -> Job | None:  # noqa: A002
        key = key_of("Job", id)
        return None if key is None else await job_by_key(info.context, key)


NODES = {"Job": NodeSource(Permission.ANALYTICS_VIEW, job_by_key)}
