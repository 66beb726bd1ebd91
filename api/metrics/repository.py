"""SQL of the buckets that ingest adds to, and of the counter that numbers every change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.metrics.buckets import Bucket
from models import EngagementWeight, MetricBucket, MetricRevision
from models.base import Timestamp, table
from models.bulk import insert_rows
from models.database import Snapshot

buckets = table(MetricBucket)
revisions = table(MetricRevision)
weight = table(EngagementWeight)

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


async def load_weights(snapshot: Snapshot, tenants: Sequence[UUID]) -> list[dict[str, float]]:
    """A loader that only ever meets one key: the snapshot's own tenant."""
    statement = select(weight.c.part, weight.c.weight).where(weight.c.tenant_id == snapshot.tenant_id)
    found = {row[0]: row[1] for row in await snapshot.rows(statement)}
    return [found for _ in tenants]


async def replace_weights(session: AsyncSession, tenant_id: UUID, weights: Mapping[str, float]) -> None:
    await session.execute(delete(weight).where(weight.c.tenant_id == tenant_id))
    await insert_rows(
        session, weight, ("tenant_id", "part", "weight"), [(tenant_id, *item) for item in weights.items()]
    )
