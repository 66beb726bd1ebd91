"""SQL of jobs: a tenant's rows, and the one door to the engine."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import Job
from models.base import new_id, table
from models.relations import columns_of

job = table(Job)


async def insert_job(
    session: AsyncSession, tenant_id: UUID, kind: str, subject_id: UUID, actor: str, now: datetime
) -> UUID:
    identity = new_id()
    await session.execute(
        insert(job).values(
            tenant_id=tenant_id,
            id=identity,
            kind=kind,
            subject_id=subject_id,
            state="queued",
            fence=0,
            progress_done=0,
            cancel_requested=False,
            failures=0,
            created_by=actor,
            created_at=now,
        )
    )
    return identity


async def has_live_job(session: AsyncSession, tenant_id: UUID, kind: str, subject_id: UUID) -> bool:
    """Whether one waits or runs."""
    statement = select(job.c.id).where(
        job.c.tenant_id == tenant_id,
        job.c.kind == kind,
        job.c.subject_id == subject_id,
        job.c.state.in_(("queued", "running")),
    )
    return (await session.execute(statement.limit(1))).first() is not None


async def forget_succeeded(session: AsyncSession, tenant_id: UUID, kind: str, before: datetime) -> None:
    """For a kind of which there are so many that nobody wants to see them all."""
    await session.execute(
        delete(job).where(
            job.c.tenant_id == tenant_id, job.c.kind == kind, job.c.state == "succeeded", job.c.finished_at < before
        )
    )


async def hand_to_engine(session: AsyncSession, kind: str, job_id: UUID) -> None:
    """The engine learns the tenant from the transaction itself."""
    await session.execute(select(func.app.enqueue(kind, job_id)))


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as a turn at it begins."""

    kind: str
    subject_id: UUID
    state: str
    fence: int
    cancel_requested: bool
    failures: int


def _is(tenant_id: UUID, job_id: UUID) -> ColumnElement[bool]:
    return and_(job.c.tenant_id == tenant_id, job.c.id == job_id)


def _is_turn(tenant_id: UUID, job_id: UUID, fence: int) -> ColumnElement[bool]:
    return and_(_is(tenant_id, job_id), job.c.fence == fence, job.c.state == "running")


async def lock_job(session: AsyncSession, tenant_id: UUID, job_id: UUID) -> JobRow | None:
    """Waits for the transactions that hold it. Whoever merely writes progress or asks for its end is not kept off."""
    statement = select(*columns_of(JobRow, job)).where(_is(tenant_id, job_id)).with_for_update()
    row = (await session.execute(statement)).first()
    return None if row is None else JobRow(*row)


async def begin_turn(session: AsyncSession, tenant_id: UUID, job_id: UUID, failures: int, now: datetime) -> int:
    """The turn's fence. The row is locked already."""
    statement = (
        update(job)
        .where(_is(tenant_id, job_id))
        .values(
            state="running",
            fence=job.c.fence + 1,
            failures=failures,
            started_at=func.coalesce(job.c.started_at, now),
        )
        .returning(job.c.fence)
    )
    return int((await session.execute(statement)).scalar_one())


async def end_job(
    session: AsyncSession, tenant_id: UUID, job_id: UUID, state: str, fault: str | None, failures: int, now: datetime
) -> None:
    """For a job that is not to have another turn. The row is locked already."""
    await session.execute(
        update(job).where(_is(tenant_id, job_id)).values(state=state, fault=fault, failures=failures, finished_at=now)
    )


async def find_held_fence(session: AsyncSession, tenant_id: UUID, job_id: UUID, idle_limit: float) -> int | None:
    """Keeps the job from being taken up until the transaction ends, or has idled too long."""
    setting = func.set_config("idle_in_transaction_session_timeout", str(int(idle_limit * 1000)), True)
    statement = select(job.c.fence, setting).where(_is(tenant_id, job_id)).with_for_update(read=True, key_share=True)
    row = (await session.execute(statement)).first()
    return None if row is None else int(row[0])


async def update_progress(
    session: AsyncSession, tenant_id: UUID, job_id: UUID, fence: int, done: int, total: int | None
) -> bool | None:
    """Whether the job's end was asked for; None when the turn is over."""
    statement = (
        update(job)
        .where(_is_turn(tenant_id, job_id, fence))
        .values(progress_done=done, progress_total=total)
        .returning(job.c.cancel_requested)
    )
    found: bool | None = (await session.execute(statement)).scalar_one_or_none()
    return found


async def end_turn(session: AsyncSession, tenant_id: UUID, job_id: UUID, fence: int, **values: object) -> bool:
    """False when the turn was over before."""
    statement = update(job).where(_is_turn(tenant_id, job_id, fence)).values(**values).returning(job.c.id)
    return (await session.execute(statement)).first() is not None


async def has_summary(session: AsyncSession, tenant_id: UUID, job_id: UUID) -> bool:
    """Whether the work has had its effect: then it is not to have it again."""
    found = await session.execute(select(job.c.summary).where(_is(tenant_id, job_id)))
    return found.scalar_one() is not None


async def set_summary(session: AsyncSession, tenant_id: UUID, job_id: UUID, summary: str) -> None:
    """What the work came to, in the transaction that did it."""
    await session.execute(update(job).where(_is(tenant_id, job_id)).values(summary=summary))
