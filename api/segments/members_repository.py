"""SQL of who is in which segment, now and at earlier dates."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.customers.contracts import CustomerRecord
from api.customers.filter_repository import FILTERS as CUSTOMER_FILTERS
from api.segments.contracts import MembershipRecord, SegmentSize
from api.segments.repository import current_ids
from models import Customer, Segment, SegmentMember, SegmentSnapshot, StaleCustomer
from models.base import table
from models.bulk import insert_of, insert_rows, one_of
from models.database import Snapshot
from models.filters import Filter
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

customer = table(Customer)
segment = table(Segment)
member = table(SegmentMember)
snapshots = table(SegmentSnapshot)
stale = table(StaleCustomer)

BEST_FIRST: Final = SortKey("total_spent", customer.c.total_spent, customer.c.id, descending=True)
PURPOSE: Final = "segments"
COLUMNS: Final = ("segment_id", "customer_id", "r", "f", "m", "x", "y")
CHUNK: Final = 10_000
DAY: Final = timedelta(days=1)
"""How often clusters are assigned anew: their features move with every hour."""
Row = tuple[UUID, UUID, int | None, int | None, int | None, float | None, float | None]
"""A membership in the order of COLUMNS."""


_JOINED: Final = member.join(
    customer, and_(customer.c.tenant_id == member.c.tenant_id, customer.c.id == member.c.customer_id)
)
MEMBERS: Final = RowList(
    CustomerRecord,
    member,
    (BEST_FIRST,),
    {**CUSTOMER_FILTERS, "segment": Filter(member.c.segment_id)},
    columns=columns_of(CustomerRecord, customer),
    source=_JOINED,
)
"""Those who spent most first."""


async def load_sizes(snapshot: Snapshot, ids: Sequence[UUID]) -> list[SegmentSize]:
    statement = (
        select(member.c.segment_id, func.count(), func.coalesce(func.sum(customer.c.total_spent), 0))
        .select_from(_JOINED)
        .where(member.c.tenant_id == snapshot.tenant_id, member.c.segment_id.in_(ids))
        .group_by(member.c.segment_id)
    )
    found = {row[0]: SegmentSize(int(row[1]), int(row[2])) for row in await snapshot.rows(statement)}
    return [found.get(key, SegmentSize(0, 0)) for key in ids]


async def load_memberships(snapshot: Snapshot, customers: Sequence[UUID]) -> list[list[MembershipRecord]]:
    """Of each customer: rules, and the groups of the current versions."""
    of_current = or_(
        segment.c.segmentation_id.is_(None), segment.c.segmentation_id.in_(current_ids(snapshot.tenant_id))
    )
    statement = (
        select(*columns_of(MembershipRecord, member))
        .select_from(
            member.join(segment, and_(segment.c.tenant_id == member.c.tenant_id, segment.c.id == member.c.segment_id))
        )
        .where(member.c.tenant_id == snapshot.tenant_id, member.c.customer_id.in_(customers), of_current)
        .order_by(segment.c.kind, segment.c.name_key, segment.c.id)
    )
    found: dict[UUID, list[MembershipRecord]] = {key: [] for key in customers}
    for row in await snapshot.rows(statement):
        record = MembershipRecord(*row)
        found[record.customer_id].append(record)
    return [found[key] for key in customers]


async def get_membership(snapshot: Snapshot, segment_id: UUID, customer_id: UUID) -> MembershipRecord | None:
    row = await snapshot.first(
        select(*columns_of(MembershipRecord, member)).where(
            member.c.tenant_id == snapshot.tenant_id,
            member.c.segment_id == segment_id,
            member.c.customer_id == customer_id,
        )
    )
    return None if row is None else MembershipRecord(*row)


async def load_cells(snapshot: Snapshot, version_id: UUID) -> list[tuple[int, int, int, int, int]]:
    """(r, f, customers, spent, position) of each cell of a version of RFM."""
    statement = (
        select(
            member.c.r,
            member.c.f,
            func.count(),
            func.coalesce(func.sum(customer.c.total_spent), 0),
            segment.c.position,
        )
        .select_from(
            _JOINED.join(segment, and_(segment.c.tenant_id == member.c.tenant_id, segment.c.id == member.c.segment_id))
        )
        .where(member.c.tenant_id == snapshot.tenant_id, segment.c.segmentation_id == version_id)
        .group_by(member.c.r, member.c.f, segment.c.position)
    )
    return [(row[0], row[1], int(row[2]), int(row[3]), row[4]) for row in await snapshot.rows(statement)]


async def sample_points(snapshot: Snapshot, version_id: UUID, most: int) -> list[MembershipRecord]:
    """An even draw that is the same at every reading: by a hash of the customers' ids."""
    groups = select(segment.c.id).where(
        segment.c.tenant_id == snapshot.tenant_id, segment.c.segmentation_id == version_id
    )
    statement = (
        select(*columns_of(MembershipRecord, member))
        .where(member.c.tenant_id == snapshot.tenant_id, member.c.segment_id.in_(groups), member.c.x.is_not(None))
        .order_by(func.uuid_hash(member.c.customer_id), member.c.customer_id)
        .limit(most)
    )
    return [MembershipRecord(*row) for row in await snapshot.rows(statement)]


async def count_customers_seen(snapshot: Snapshot, until: datetime) -> int:
    statement = select(func.count()).where(
        customer.c.tenant_id == snapshot.tenant_id, customer.c.first_seen_at <= until
    )
    return int(await snapshot.scalar(statement))


async def list_dates(snapshot: Snapshot, version_id: UUID) -> list[datetime]:
    """The dates that the version has snapshots of, oldest first."""
    mine = and_(snapshots.c.tenant_id == snapshot.tenant_id, snapshots.c.segmentation_id == version_id)
    statement = select(snapshots.c.as_of).where(mine).distinct().order_by(snapshots.c.as_of)
    return [row[0] for row in await snapshot.rows(statement)]


async def count_moves(
    snapshot: Snapshot, version_id: UUID, begin: datetime, end: datetime
) -> list[tuple[int, int, int]]:
    """(from, to, customers) of those who had a place at both dates."""
    before, after = snapshots.alias("before"), snapshots.alias("after")
    statement = (
        select(before.c.position, after.c.position, func.count())
        .select_from(
            before.join(
                after,
                and_(
                    after.c.tenant_id == before.c.tenant_id,
                    after.c.segmentation_id == before.c.segmentation_id,
                    after.c.customer_id == before.c.customer_id,
                ),
            )
        )
        .where(
            before.c.tenant_id == snapshot.tenant_id,
            after.c.tenant_id == snapshot.tenant_id,
            before.c.segmentation_id == version_id,
            before.c.as_of == begin,
            after.c.as_of == end,
        )
        .group_by(before.c.position, after.c.position)
    )
    return [(row[0], row[1], row[2]) for row in await snapshot.rows(statement)]


async def is_due(session: AsyncSession, tenant_id: UUID, before: datetime) -> bool:
    """Whether a segment has to be worked out, or there is news for one, or one is as of a moment before this."""
    open_ = and_(segment.c.tenant_id == tenant_id, (segment.c.mode == "dynamic") | segment.c.needs_full)
    late = segment.c.as_of < case((segment.c.kind == "kmeans", before - DAY), else_=before)
    behind = exists().where(open_, or_(segment.c.as_of.is_(None), late, segment.c.needs_full))
    any_ = exists().where(open_)
    waiting = exists().where(stale.c.tenant_id == tenant_id, stale.c.purpose == PURPOSE)
    return bool((await session.execute(select(or_(behind, and_(any_, waiting))))).scalar_one())


async def count(session: AsyncSession, tenant_id: UUID, segment_id: UUID) -> int:
    mine = and_(member.c.tenant_id == tenant_id, member.c.segment_id == segment_id)
    return int((await session.execute(select(func.count()).where(mine))).scalar_one())


async def take_stale(session: AsyncSession, tenant_id: UUID) -> list[UUID]:
    """Whoever waits for the segments, who then waits no more."""
    statement = (
        delete(stale).where(stale.c.tenant_id == tenant_id, stale.c.purpose == PURPOSE).returning(stale.c.customer_id)
    )
    return sorted((await session.execute(statement)).scalars())


def select_matching(tenant_id: UUID, matching: ColumnElement[bool]) -> Any:
    """All customers who match."""
    return select(customer.c.id).where(customer.c.tenant_id == tenant_id, matching)


async def list_ids(session: AsyncSession, statement: Any) -> list[UUID]:
    return list((await session.execute(statement)).scalars())


async def keep_matching(
    session: AsyncSession,
    tenant_id: UUID,
    segment_id: UUID,
    matching: ColumnElement[bool],
    now: datetime,
    only: Sequence[UUID] | None,
) -> list[UUID]:
    """Makes the customers who match the members, and nobody else, among `only` or among all. Who came or went."""
    mine = and_(customer.c.tenant_id == tenant_id, literal(True) if only is None else one_of(customer.c.id, only))
    gone = await session.execute(
        delete(member)
        .where(member.c.tenant_id == tenant_id, member.c.segment_id == segment_id)
        .where(member.c.customer_id.in_(select(customer.c.id).where(mine, not_(matching))))
        .returning(member.c.customer_id)
    )
    chosen = select(
        customer.c.tenant_id,
        literal(segment_id, member.c.segment_id.type),
        customer.c.id,
        literal(now, member.c.since.type),
    ).where(mine, matching)
    come = await session.execute(
        insert(member)
        .from_select(["tenant_id", "segment_id", "customer_id", "since"], chosen)
        .on_conflict_do_nothing()
        .returning(member.c.customer_id)
    )
    return [*gone.scalars(), *come.scalars()]


async def list_memberships(
    session: AsyncSession, tenant_id: UUID, segments: Sequence[UUID], only: Sequence[UUID] | None
) -> dict[UUID, tuple[UUID, Row]]:
    """Of each customer, the segment among these and the row as it is written; no customer is in two of a version's."""
    conditions = [member.c.tenant_id == tenant_id, member.c.segment_id.in_(segments)]
    if only is not None:
        conditions.append(one_of(member.c.customer_id, only))
    statement = select(*(member.c[name] for name in COLUMNS)).where(*conditions)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return {row.customer_id: (row.segment_id, (*row,)) for row in rows}


async def replace_members(
    session: AsyncSession,
    tenant_id: UUID,
    segments: Sequence[UUID],
    gone: Sequence[UUID],
    rows: Sequence[Row],
    now: datetime,
) -> None:
    """Takes `gone` out of the segments, and puts the rows in; who stays in a segment keeps the time it came."""
    if gone:
        mine = and_(member.c.tenant_id == tenant_id, member.c.segment_id.in_(segments))
        await session.execute(delete(member).where(mine, one_of(member.c.customer_id, gone)))
    for begin in range(0, len(rows), CHUNK):
        same = {"tenant_id": tenant_id, "since": now}
        statement = insert_of(member, COLUMNS, rows[begin : begin + CHUNK], same=same)
        kept = {name: statement.excluded[name] for name in COLUMNS[2:]}
        key = ["tenant_id", "segment_id", "customer_id"]
        await session.execute(statement.on_conflict_do_update(index_elements=key, set_=kept))


async def insert_snapshot(
    session: AsyncSession, tenant_id: UUID, version_id: UUID, as_of: datetime, places: Mapping[UUID, int]
) -> None:
    rows = list(places.items())
    same = {"tenant_id": tenant_id, "segmentation_id": version_id, "as_of": as_of}
    for begin in range(0, len(rows), CHUNK):
        await insert_rows(session, snapshots, ("customer_id", "position"), rows[begin : begin + CHUNK], same=same)


async def delete_snapshots(session: AsyncSession, tenant_id: UUID, version_id: UUID) -> None:
    """Movement is counted under the current version alone."""
    mine = and_(snapshots.c.tenant_id == tenant_id, snapshots.c.segmentation_id == version_id)
    await session.execute(delete(snapshots).where(mine))
