"""Long work that runs apart from the request that asked for it, as its tenant sees it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, text
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class Job(SQLModel, table=True):
    """The engine's own tables hold ids alone; this row holds what people see.

    `subject_id` is what the job works on. `fence` is raised each time a worker takes the job up: a write that carries
    an older one is refused. `progress_total` is empty while nobody knows it. `failures` counts the tries that failed or
    died; `fault` is the last one's. `summary` is what the work came to, in a sentence, when it says so.
    """

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state_known"),
        Index("ix_job_created", "tenant_id", "created_at", "id"),
        Index(
            "ix_job_live",
            "tenant_id",
            "kind",
            "subject_id",
            postgresql_where=text("state in ('queued', 'running')"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(sa_type=Text)
    subject_id: UUID
    state: str = Field(sa_type=Text)
    fence: int = Field(sa_type=BigInteger)
    progress_done: int = Field(sa_type=BigInteger)
    progress_total: int | None = Field(default=None, sa_type=BigInteger)
    cancel_requested: bool
    failures: int = 0
    fault: str | None = Field(default=None, sa_type=Text)
    summary: str | None = Field(default=None, sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    started_at: datetime | None = Field(default=None, sa_type=Timestamp)
    finished_at: datetime | None = Field(default=None, sa_type=Timestamp)
