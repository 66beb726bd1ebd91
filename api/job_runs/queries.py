"""Reading jobs."""

from enum import Enum
from typing import Annotated

import strawberry

from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.lists import Asked, List, SortDirection
from api.graphql.node import NodeSource
from api.graphql.permissions import field
from api.graphql.where import ALL_GIVEN, Choice, TextWhere, TimeWhere, combined
from api.job_runs import repository
from api.job_runs.types import Job, JobState, job_by_key
from models.conditions import given

State = Annotated[JobState | None, strawberry.argument(description="Only jobs in this state.")]


@strawberry.input(description=ALL_GIVEN)
class JobWhere:
    AND: list["JobWhere"] | None = combined("AND")
    OR: list["JobWhere"] | None = combined("OR")
    NOT: "JobWhere | None" = combined("NOT")
    kind: TextWhere | None = None
    state: Choice[JobState] | None = None
    created_by: TextWhere | None = None
    created_at: TimeWhere | None = None
    finished_at: TimeWhere | None = None


@strawberry.enum(description="What jobs can be sorted by.")
class JobOrderField(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="One thing to sort by.")
class JobOrder:
    field: JobOrderField
    direction: SortDirection = SortDirection.DESC


JOBS = List("jobs", repository.JOBS, Job.of)


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
        where: JobWhere | None = None,
        order_by: list[JobOrder] | None = None,
    ) -> Connection[Job]:
        fixed = given(state=None if state is None else state.value)
        return await JOBS.connect(info.context, Asked(first, after, last, before, where, order_by), fixed)

    @field(Permission.ANALYTICS_VIEW, "One job; null when there is none, or none of yours.")
    async def job(self, info: Info, id: strawberry.ID) -> Job | None:  # noqa: A002
        key = key_of("Job", id)
        return None if key is None else await job_by_key(info.context, key)


NODES = {"Job": NodeSource(Permission.ANALYTICS_VIEW, job_by_key)}
