"""SQL of the metrics: buckets of additive ones, direct counts of distinct ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    cast,
    distinct,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.metrics.buckets import Bucket, Window
from api.metrics.catalogue import Aggregation
from api.metrics.contracts import Series
from models import Event, MetricBucket, MetricRevision, SalesOrder
from models.base import Timestamp, table
from models.database import Snapshot

buckets = table(MetricBucket)
revisions = table(MetricRevision)
event = table(Event)
sales_order = table(SalesOrder)

WRITE_ROWS = 5_000


async def get_revision(snapshot: Snapshot) -> int:
    found = await snapshot.scalar(select(revisions.c.revision).where(revisions.c.tenant_id == snapshot.tenant_id))
    return int(found or 0)


async def load_revisions(snapshot: Snapshot, tenants: Sequence[UUID]) -> list[int]:
    """A loader that only ever meets one key: the snapshot's own tenant."""
    revision = await get_revision(snapshot)
    return [revision for _ in tenants]


async def raise_revision(session: AsyncSession, tenant_id: UUID) -> int:
    """The next revision. Its row lock puts the writers of one tenant's metrics one after the other."""
    statement = (
        insert(revisions)
        .values(tenant_id=tenant_id, revision=1)
        .on_conflict_do_update(index_elements=["tenant_id"], set_={"revision": revisions.c.revision + 1})
        .returning(revisions.c.revision)
    )
    return int((await session.execute(statement)).scalar_one())


async def add_to_buckets(
    session: AsyncSession, tenant_id: UUID, amounts: dict[tuple[str, Bucket, datetime], int]
) -> None:
    rows = sorted((metric, bucket.value, start, amount) for (metric, bucket, start), amount in amounts.items())
    for begin in range(0, len(rows), WRITE_ROWS):
        part = rows[begin : begin + WRITE_ROWS]
        source = func.unnest(
            cast([row[0] for row in part], ARRAY(buckets.c.metric.type)),
            cast([row[1] for row in part], ARRAY(buckets.c.bucket.type)),
            cast([row[2] for row in part], ARRAY(Timestamp())),
            cast([row[3] for row in part], ARRAY(buckets.c.value.type)),
        ).table_valued("metric", "bucket", "start", "value", name="added")
        added = source.render_derived()
        statement = insert(buckets).from_select(
            ["tenant_id", "metric", "bucket", "start", "value"],
            select(literal(tenant_id), added.c.metric, added.c.bucket, added.c.start, added.c.value),
        )
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "metric", "bucket", "start"],
                set_={"value": buckets.c.value + statement.excluded.value},
            )
        )


async def load_additive(snapshot: Snapshot, slugs: Sequence[str], window: Window) -> list[Series]:
    """One statement for any number of additive metrics over the same window."""
    rows = await snapshot.rows(_additive(snapshot.tenant_id, slugs, window))
    current: dict[tuple[str, datetime], int] = {}
    cut = dict.fromkeys(slugs, 0)
    for metric, part, start, value in rows:
        if part == "cut":
            cut[metric] += value
        else:
            current[metric, start] = value
    answer = []
    for slug in slugs:
        values = tuple(current.get((slug, start), 0) for start in window.buckets)
        partial = window.previous_partial_start
        previous = tuple(
            cut[slug] if start == partial else current.get((slug, start), 0) for start in window.previous_buckets
        )
        answer.append(Series(sum(values), sum(previous), values, previous))
    return answer


def _additive(tenant_id: UUID, slugs: Sequence[str], window: Window) -> Select[Any]:
    """Whole buckets of both windows, and the minutes of the previous window's last, cut bucket."""

    def part(name: str, bucket: Bucket, begin: datetime, end: datetime) -> Select[Any]:
        return select(buckets.c.metric, literal(name), buckets.c.start, buckets.c.value).where(
            buckets.c.tenant_id == tenant_id,
            buckets.c.metric.in_(slugs),
            buckets.c.bucket == bucket.value,
            buckets.c.start >= begin,
            buckets.c.start < end,
        )

    cut_at = window.previous_partial_start
    both = union_all(
        part("whole", window.bucket, window.start, window.end),
        part("whole", window.bucket, window.previous_start, min(cut_at, window.start)),
        part("cut", Bucket.MINUTE, cut_at, window.previous_end),
    ).subquery("parts")
    return select(*both.c)


async def load_active_customers(snapshot: Snapshot, slugs: Sequence[str], window: Window) -> list[Series]:
    """Counts each customer once a bucket and once in the total, in one statement for both windows."""
    rows = await snapshot.rows(_active_customers(snapshot.tenant_id, window))
    counts = {(current, position): count for current, position, count in rows}

    def values(current: bool, size: int) -> tuple[int, ...]:
        return tuple(counts.get((current, position), 0) for position in range(1, size + 1))

    series = Series(
        counts.get((True, None), 0),
        counts.get((False, None), 0),
        values(True, len(window.buckets)),
        values(False, len(window.previous_buckets)),
    )
    return [series for _ in slugs]


def _active_customers(tenant_id: UUID, window: Window) -> Select[Any]:
    def activity(begin: datetime, end: datetime) -> Any:
        def of(customer: ColumnElement[Any], at: ColumnElement[Any], owner: ColumnElement[Any]) -> Select[Any]:
            return select(customer.label("customer_id"), at.label("at")).where(
                and_(owner == tenant_id, at >= begin, at < end, customer.is_not(None))
            )

        return union_all(
            of(event.c.customer_id, event.c.occurred_at, event.c.tenant_id),
            of(sales_order.c.customer_id, sales_order.c.placed_at, sales_order.c.tenant_id),
        ).subquery()

    def counted(current: bool, begin: datetime, end: datetime, edges: Sequence[datetime]) -> Select[Any]:
        source = activity(begin, end)
        position = func.width_bucket(source.c.at, cast(list(edges), ARRAY(Timestamp())))
        placed = select(source.c.customer_id, position.label("position")).subquery()
        return select(literal(current), placed.c.position, func.count(distinct(placed.c.customer_id))).group_by(
            func.grouping_sets(tuple_(placed.c.position), tuple_())
        )

    both = union_all(
        counted(True, window.start, window.end, window.buckets),
        counted(False, window.previous_start, window.previous_end, window.previous_buckets or (window.start,)),
    ).subquery("parts")
    return select(*both.c)


LOADERS: Final = {Aggregation.ADDITIVE: load_additive, Aggregation.DISTINCT: load_active_customers}
"""How the metrics of each kind are read: in one statement for all of them over the same window."""
