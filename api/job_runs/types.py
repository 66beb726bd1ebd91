"""Jobs in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.graphql.context import Context
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.job_runs import repository
from api.job_runs.contracts import JobRecord


@strawberry.enum(description="How far a job is.")
class JobState(Enum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@strawberry.type(description="Long work that runs apart from the request that asked for it.")
class Job(Node):
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    id: strawberry.ID
    kind: str
    state: JobState
    progress_done: Int64
    progress_total: Int64 | None = strawberry.field(description="Null while nobody knows it.")
    cancel_requested: bool
    failures: int = strawberry.field(description="Tries that failed or died; after the fifth the job has failed.")
    fault: str | None = strawberry.field(description="What went wrong at the last try.")
    summary: str | None = strawberry.field(description="What it came to, in a sentence, when it says so.")
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, record: JobRecord) -> "Job":
        return cls(
            id=global_id("Job", record.id),
            kind=record.kind,
            state=JobState(record.state),
            progress_done=Int64(record.progress_done),
            progress_total=None if record.progress_total is None else Int64(record.progress_total),
            cancel_requested=record.cancel_requested,
            failures=record.failures,
            fault=record.fault,
            summary=record.summary,
            created_by=record.created_by,
            created_at=record.created_at,
            started_at=record.started_at,
            finished_at=record.finished_at,
        )


async def job_by_key(context: Context, key: UUID) -> Job | None:
    record = await context.loader(repository.load_jobs, UUID).load(key)
    return None if record is None else Job.of(record)
