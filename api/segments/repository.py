"""SQL of segments and of the versions of their methods."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, cast, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.segments.contracts import RUN_JOB, SegmentationRecord, SegmentRecord
from models import Job, Segment, Segmentation, SegmentMember
from models.base import sort_key, table
from models.database import Snapshot
from models.filters import Filter, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

segment = table(Segment)
segmentation = table(Segmentation)
member = table(SegmentMember)
job = table(Job)

ENDED: Final = {"reason": "its job ended before it was done: it was cancelled, or it failed"}
BY_NAME: Final = SortKey("name", segment.c.name_key, segment.c.id)
NEWEST_FIRST: Final = SortKey("created_at", segmentation.c.created_at, segmentation.c.id, descending=True)


def select_segments(tenant_id: UUID) -> Select[Any]:
    return select(*columns_of(SegmentRecord, segment)).where(segment.c.tenant_id == tenant_id)


def select_segmentations(tenant_id: UUID) -> Select[Any]:
    """A version that waits for a job which lives no more, since it was cancelled or failed, waits for nothing."""
    of_version = and_(job.c.tenant_id == tenant_id, job.c.kind == RUN_JOB, job.c.subject_id == segmentation.c.id)
    lives = exists().where(of_version, job.c.state.in_(("queued", "running")))
    ended = and_(segmentation.c.state == "queued", ~lives)
    given_up = {
        "state": case((ended, "refused"), else_=segmentation.c.state).label("state"),
        "outcome": case((ended, cast(ENDED, JSONB)), else_=segmentation.c.outcome).label("outcome"),
    }
    columns = [given_up.get(column.name, column) for column in columns_of(SegmentationRecord, segmentation)]
    return select(*columns).where(segmentation.c.tenant_id == tenant_id)


def current_ids(tenant_id: UUID) -> Select[Any]:
    return select(segmentation.c.id).where(segmentation.c.tenant_id == tenant_id, segmentation.c.current)


def _current(tenant_id: UUID) -> ColumnElement[bool]:
    """Rules, and the groups of each method's current version."""
    return or_(segment.c.segmentation_id.is_(None), segment.c.segmentation_id.in_(current_ids(tenant_id)))


SEGMENTS: Final = RowList(
    SegmentRecord,
    segment,
    (BY_NAME,),
    {
        **filters_of("kind", "mode", "created_at", source=segment.c),
        "name": Filter(segment.c.name_key, sort_key),
        "current": lambda tenant_id, _: _current(tenant_id),
    },
    attributes={"name": "name_key"},
)
SEGMENTATIONS: Final = RowList(
    SegmentationRecord,
    segmentation,
    (NEWEST_FIRST,),
    filters_of("method", "state", "created_at", source=segmentation.c),
)


async def load_segments(snapshot: Snapshot, ids: Sequence[UUID]) -> list[SegmentRecord | None]:
    rows = await snapshot.rows(select_segments(snapshot.tenant_id).where(segment.c.id.in_(ids)))
    found = {row.id: SegmentRecord(*row) for row in rows}
    return [found.get(key) for key in ids]


async def load_groups(snapshot: Snapshot, versions: Sequence[UUID]) -> list[list[SegmentRecord]]:
    """The groups of each version, from the best."""
    statement = select_segments(snapshot.tenant_id).where(segment.c.segmentation_id.in_(versions))
    rows = await snapshot.rows(statement.order_by(segment.c.position))
    found = [SegmentRecord(*row) for row in rows]
    return [[record for record in found if record.segmentation_id == key] for key in versions]


async def load_segmentations(snapshot: Snapshot, ids: Sequence[UUID]) -> list[SegmentationRecord | None]:
    rows = await snapshot.rows(select_segmentations(snapshot.tenant_id).where(segmentation.c.id.in_(ids)))
    found = {row.id: SegmentationRecord(*row) for row in rows}
    return [found.get(key) for key in ids]


async def load_current(snapshot: Snapshot, methods: Sequence[str]) -> list[SegmentationRecord | None]:
    rows = await snapshot.rows(select_segmentations(snapshot.tenant_id).where(segmentation.c.current))
    found = {row.method: SegmentationRecord(*row) for row in rows}
    return [found.get(method) for method in methods]


async def load_latest(snapshot: Snapshot, methods: Sequence[str]) -> list[SegmentationRecord | None]:
    """The newest version of each method, whatever became of it."""
    statement = (
        select_segmentations(snapshot.tenant_id)
        .distinct(segmentation.c.method)
        .order_by(segmentation.c.method, segmentation.c.number.desc())
    )
    found = {row.method: SegmentationRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(method) for method in methods]


async def try_lock(session: AsyncSession, tenant_id: UUID) -> bool:
    """Whether nobody else holds it; then as `lock`."""
    return bool((await session.execute(select(func.pg_try_advisory_xact_lock(_lock_key(tenant_id))))).scalar_one())


async def lock(session: AsyncSession, tenant_id: UUID) -> None:
    """One change of a tenant's memberships at a time, until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(_lock_key(tenant_id))))


def _lock_key(tenant_id: UUID) -> ColumnElement[int]:
    return func.hashtextextended(f"cip.segments:{tenant_id}", 0)


async def get_segment(session: AsyncSession, tenant_id: UUID, segment_id: UUID) -> SegmentRecord | None:
    row = (await session.execute(select_segments(tenant_id).where(segment.c.id == segment_id))).first()
    return None if row is None else SegmentRecord(*row)


async def get_segmentation(session: AsyncSession, tenant_id: UUID, version_id: UUID) -> SegmentationRecord | None:
    statement = select_segmentations(tenant_id).where(segmentation.c.id == version_id)
    row = (await session.execute(statement)).first()
    return None if row is None else SegmentationRecord(*row)


async def get_current(session: AsyncSession, tenant_id: UUID, method: str) -> SegmentationRecord | None:
    statement = select_segmentations(tenant_id).where(segmentation.c.method == method, segmentation.c.current)
    row = (await session.execute(statement)).first()
    return None if row is None else SegmentationRecord(*row)


async def list_kept(session: AsyncSession, tenant_id: UUID) -> list[SegmentRecord]:
    """All rules, and the groups of the current versions."""
    rows = (await session.execute(select_segments(tenant_id).where(_current(tenant_id)))).all()
    return [SegmentRecord(*row) for row in rows]


async def insert_segment(session: AsyncSession, tenant_id: UUID, record: SegmentRecord) -> bool:
    """False when there is a rule of this name."""
    values = {name: getattr(record, name) for name in record.__slots__}
    statement = insert(segment).values(tenant_id=tenant_id, **values).on_conflict_do_nothing().returning(segment.c.id)
    return (await session.execute(statement)).first() is not None


async def update_segments(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID], **values: object) -> None:
    if ids:
        mine = and_(segment.c.tenant_id == tenant_id, segment.c.id.in_(ids))
        await session.execute(update(segment).where(mine).values(**values))


async def name_is_taken(session: AsyncSession, tenant_id: UUID, name: str, other_than: UUID) -> bool:
    statement = select(segment.c.id).where(
        segment.c.tenant_id == tenant_id,
        segment.c.kind == "rule",
        segment.c.name_key == sort_key(name),
        segment.c.id != other_than,
    )
    return (await session.execute(statement)).first() is not None


async def delete_segment(session: AsyncSession, tenant_id: UUID, segment_id: UUID) -> None:
    await session.execute(delete(segment).where(segment.c.tenant_id == tenant_id, segment.c.id == segment_id))


async def insert_segmentation(session: AsyncSession, tenant_id: UUID, record: SegmentationRecord) -> None:
    values = {name: getattr(record, name) for name in record.__slots__}
    await session.execute(insert(segmentation).values(tenant_id=tenant_id, **values))


async def next_number(session: AsyncSession, tenant_id: UUID, method: str) -> int:
    statement = select(func.coalesce(func.max(segmentation.c.number), 0) + 1).where(
        segmentation.c.tenant_id == tenant_id, segmentation.c.method == method
    )
    return int((await session.execute(statement)).scalar_one())


async def finish(session: AsyncSession, tenant_id: UUID, version_id: UUID, values: Mapping[str, object]) -> None:
    mine = and_(segmentation.c.tenant_id == tenant_id, segmentation.c.id == version_id)
    await session.execute(update(segmentation).where(mine).values(**values))


async def retire(session: AsyncSession, tenant_id: UUID, method: str) -> None:
    """No version of this method is the current one any more."""
    mine = and_(segmentation.c.tenant_id == tenant_id, segmentation.c.method == method, segmentation.c.current)
    await session.execute(update(segmentation).where(mine).values(current=False))


async def freeze_groups(session: AsyncSession, tenant_id: UUID, version_id: UUID) -> None:
    """The groups of a version that is not the current one any more stay as they are."""
    mine = and_(segment.c.tenant_id == tenant_id, segment.c.segmentation_id == version_id)
    await session.execute(update(segment).where(mine).values(mode="static"))


async def forget_members(session: AsyncSession, tenant_id: UUID, method: str, kept: UUID) -> None:
    """Of all versions of the method but `kept`: nobody asks who was in a group two versions ago, and the rows of every
    version would add up for ever. The groups stay, as of no moment."""
    older = and_(
        segment.c.tenant_id == tenant_id,
        segment.c.kind == method,
        segment.c.segmentation_id != kept,
        segment.c.as_of.is_not(None),
    )
    found = await session.execute(update(segment).where(older).values(as_of=None).returning(segment.c.id))
    ids = list(found.scalars())
    if ids:
        await session.execute(delete(member).where(member.c.tenant_id == tenant_id, member.c.segment_id.in_(ids)))


async def list_groups(session: AsyncSession, tenant_id: UUID, version_id: UUID) -> list[UUID]:
    """By their positions."""
    mine = and_(segment.c.tenant_id == tenant_id, segment.c.segmentation_id == version_id)
    return list((await session.execute(select(segment.c.id).where(mine).order_by(segment.c.position))).scalars())
