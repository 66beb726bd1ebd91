"""SQL that recounts the additive metrics from the records themselves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.metrics.buckets import Bucket
from api.metrics.contracts import Change, MetricsChanged
from models import Conversation, DeadLetter, Event, MetricBucket, OutboxMessage, SalesOrder, TenantLimit
from models.base import table
from models.database import Snapshot

event = table(Event)
sales_order = table(SalesOrder)
conversation = table(Conversation)
buckets = table(MetricBucket)
outbox = table(OutboxMessage)
dead_letter = table(DeadLetter)
limit = table(TenantLimit)

EVER: Final = datetime(1, 1, 1, tzinfo=UTC)
LOCK: Final = "cip.metrics.recompute"


def _minutes(at: Any, amount: Any, *conditions: Any) -> Select[Any]:
    minute = func.date_trunc("minute", at)
    return select(minute, amount).where(*conditions).group_by(minute)


def _sources(tenant_id: UUID, kept_from: datetime) -> Mapping[str, Select[Any]]:
    orders = sales_order.c.tenant_id == tenant_id
    return {
        "events": _minutes(
            event.c.occurred_at, func.count(), event.c.tenant_id == tenant_id, event.c.occurred_at >= kept_from
        ),
        "orders": _minutes(sales_order.c.placed_at, func.count(), orders, sales_order.c.kind == "order"),
        "revenue": _minutes(sales_order.c.placed_at, func.sum(sales_order.c.total), orders),
        "conversations": _minutes(conversation.c.opened_at, func.count(), conversation.c.tenant_id == tenant_id),
    }


SOURCES: Final = ("events", "orders", "revenue", "conversations")
"""The additive metrics that can be recounted."""


async def lock(session: AsyncSession, tenant_id: UUID) -> None:
    """One recount of a tenant at a time: two would make the same correction twice."""
    key = func.hashtextextended(f"{LOCK}:{tenant_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def find_kept_from(snapshot: Snapshot) -> datetime:
    """Raw events before it are deleted: nobody can count them again."""
    found: datetime | None = await snapshot.scalar(
        select(limit.c.events_kept_from).where(limit.c.tenant_id == snapshot.tenant_id)
    )
    return found or EVER


async def list_counted(snapshot: Snapshot, metric: str) -> list[Change]:
    """What the records add up to, minute by minute, as far back as they are kept."""
    rows = await snapshot.rows(_sources(snapshot.tenant_id, await find_kept_from(snapshot))[metric])
    return [Change(metric, minute, int(amount)) for minute, amount in rows]


async def list_pending(snapshot: Snapshot) -> list[Change]:
    """What is accepted and not in the buckets yet: messages on their way, and those that wait for a replay."""
    topic = MetricsChanged.TOPIC.value
    waiting = select(outbox.c.payload).where(outbox.c.tenant_id == snapshot.tenant_id, outbox.c.topic == topic)
    dead = select(dead_letter.c.payload).where(
        dead_letter.c.tenant_id == snapshot.tenant_id,
        dead_letter.c.kind == "message",
        dead_letter.c.origin == topic,
        dead_letter.c.state == "waiting",
    )
    rows = await snapshot.rows(waiting.union_all(dead))
    kept_from = await find_kept_from(snapshot)
    return [
        change
        for (payload,) in rows
        for change in MetricsChanged.from_json(payload).changes
        if change.metric != "events" or change.minute >= kept_from
    ]


async def list_buckets(snapshot: Snapshot, metric: str) -> dict[tuple[str, Bucket, datetime], int]:
    rows = await snapshot.rows(
        select(buckets.c.bucket, buckets.c.start, buckets.c.value).where(
            buckets.c.tenant_id == snapshot.tenant_id,
            buckets.c.metric == metric,
            buckets.c.start >= (await find_kept_from(snapshot) if metric == "events" else EVER),
        )
    )
    return {(metric, Bucket(bucket), start): value for bucket, start, value in rows}
