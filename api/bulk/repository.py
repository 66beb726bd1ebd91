"""SQL of bulk operations and of the pieces of their files."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk.contracts import RUN, WRITE, BulkRecord, PartEnd
from models import BulkOperation, BulkPart, Job
from models.base import table
from models.database import Snapshot
from models.filters import filters_of
from models.keyset import SortKey
from models.listing import RowList

operation = table(BulkOperation)
part = table(BulkPart)
job = table(Job)

NEWEST_FIRST: Final = SortKey("created_at", operation.c.created_at, operation.c.id, descending=True)
OWN: Final = (
    *("id", "query", "variables", "needs", "job_id", "created_by", "created_at", "expires_at"),
    *("error_policy", "upload_id"),
)
WITH_JOB: Final = operation.join(job, and_(job.c.tenant_id == operation.c.tenant_id, job.c.id == operation.c.job_id))


def _of_parts(what: Any) -> Any:
    mine = and_(part.c.tenant_id == operation.c.tenant_id, part.c.operation_id == operation.c.id)
    return select(func.coalesce(func.sum(what), 0)).where(mine).correlate(operation).scalar_subquery()


COLUMNS: Final = (
    *(operation.c[name] for name in OWN),
    job.c.state,
    job.c.fault,
    job.c.finished_at,
    _of_parts(part.c.objects),
    _of_parts(func.length(part.c.data)),
    _of_parts(part.c.failed),
)
OPERATIONS: Final = RowList(
    BulkRecord,
    operation,
    (NEWEST_FIRST,),
    filters_of("created_by", "created_at", source=operation.c),
    columns=COLUMNS,
    source=WITH_JOB,
)


async def lock_tenant(session: AsyncSession, tenant_id: UUID) -> None:
    """One at a time looks whether another runs."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"bulk {tenant_id}", 0))))


async def has_live(session: AsyncSession, tenant_id: UUID) -> bool:
    live = exists().where(
        job.c.tenant_id == tenant_id, job.c.kind.in_((RUN, WRITE)), job.c.state.in_(("queued", "running"))
    )
    return bool((await session.execute(select(live))).scalar_one())


async def insert_operation(session: AsyncSession, tenant_id: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(insert(operation).values(tenant_id=tenant_id, **values))


async def load_operations(snapshot: Snapshot, ids: Sequence[UUID]) -> list[BulkRecord | None]:
    rows = await snapshot.rows(
        select(*COLUMNS)
        .select_from(WITH_JOB)
        .where(operation.c.tenant_id == snapshot.tenant_id, operation.c.id.in_(ids))
    )
    found = {row[0]: BulkRecord(*row) for row in rows}
    return [found.get(key) for key in ids]


async def find_end(session: AsyncSession, tenant_id: UUID, operation_id: UUID) -> PartEnd | None:
    mine = and_(part.c.tenant_id == tenant_id, part.c.operation_id == operation_id)
    total = select(func.sum(part.c.objects)).where(mine).scalar_subquery()
    statement = select(part.c.number, total, part.c.cursor).where(mine).order_by(part.c.number.desc()).limit(1)
    row = (await session.execute(statement)).first()
    return None if row is None else PartEnd(row[0], int(row[1]), row[2])


async def insert_part(session: AsyncSession, tenant_id: UUID, operation_id: UUID, end: PartEnd, data: bytes) -> None:
    """`end.objects` are the objects of this part."""
    await session.execute(
        insert(part).values(
            tenant_id=tenant_id,
            operation_id=operation_id,
            number=end.number,
            data=data,
            objects=end.objects,
            cursor=end.cursor,
            failed=end.failed,
        )
    )


async def set_expiry(session: AsyncSession, tenant_id: UUID, operation_id: UUID, at: datetime) -> None:
    mine = and_(operation.c.tenant_id == tenant_id, operation.c.id == operation_id)
    await session.execute(update(operation).where(mine).values(expires_at=at))


async def lock_open(session: AsyncSession, tenant_id: UUID, operation_id: UUID) -> bool:
    """Whether its file may still grow; nobody can end it before this transaction does."""
    mine = and_(operation.c.tenant_id == tenant_id, operation.c.id == operation_id, operation.c.expires_at.is_(None))
    return (await session.execute(select(operation.c.id).where(mine).with_for_update())).first() is not None


async def delete_expired(session: AsyncSession, tenant_id: UUID, now: datetime) -> None:
    """The files of those that are over; the operations stay, to say so."""
    over = select(operation.c.id).where(operation.c.tenant_id == tenant_id, operation.c.expires_at <= now)
    ended = (
        select(operation.c.id)
        .select_from(WITH_JOB)
        .where(operation.c.tenant_id == tenant_id, job.c.state.in_(("failed", "cancelled")))
    )
    await session.execute(delete(part).where(part.c.tenant_id == tenant_id, part.c.operation_id.in_(over.union(ended))))


async def get_part(snapshot: Snapshot, operation_id: UUID, number: int) -> tuple[bytes, str | None] | None:
    """The lines, and the cursor behind them."""
    row = await snapshot.first(
        select(part.c.data, part.c.cursor).where(
            part.c.tenant_id == snapshot.tenant_id, part.c.operation_id == operation_id, part.c.number == number
        )
    )
    return None if row is None else (row[0], row[1])
