"""One tenant's part of System Health: a handful of statements, each on an index."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, and_, column, func, literal, select, union_all, values

from api.predictions.version_repository import list_in_use
from api.streams.topics import TOPICS, Topic
from api.system.contracts import JobFigures, TenantFigures, TopicFigures
from api.tenants.contracts import TenantRecord
from api.tenants.repository import select_tenant
from models import DeadLetter, Event, Job, MetricBucket, OutboxMessage, ProcessedMessage
from models.base import table
from models.database import Snapshot

outbox = table(OutboxMessage)
dead_letter = table(DeadLetter)
job = table(Job)
event = table(Event)
processed = table(ProcessedMessage)
bucket = table(MetricBucket)
SHORTEST_BUCKET: Final = "minute"


async def read_tenant(snapshot: Snapshot, metrics: Sequence[str]) -> TenantFigures:
    row = await snapshot.first(select_tenant(snapshot.tenant_id))
    assert row is not None
    return TenantFigures(
        tenant=TenantRecord(*row),
        topics=await _topics(snapshot),
        jobs=await _jobs(snapshot),
        newest_event_received_at=await _newest_event(snapshot),
        last_effects=await _last_effects(snapshot),
        newest_minutes=await _newest_minutes(snapshot, metrics),
        models=await list_in_use(snapshot),
    )


async def _topics(snapshot: Snapshot) -> dict[Topic, TopicFigures]:
    waiting = (
        select(outbox.c.topic, func.count(), func.min(outbox.c.created_at), literal(0))
        .where(outbox.c.tenant_id == snapshot.tenant_id)
        .group_by(outbox.c.topic)
    )
    dead = (
        select(dead_letter.c.origin, literal(0), literal(None), func.count())
        .where(
            and_(
                dead_letter.c.tenant_id == snapshot.tenant_id,
                dead_letter.c.state == "waiting",
                dead_letter.c.kind == "message",
            )
        )
        .group_by(dead_letter.c.origin)
    )
    found: dict[str, tuple[int, datetime | None, int]] = {}
    for name, count, oldest, died in await snapshot.rows(union_all(waiting, dead)):
        known = found.get(name, (0, None, 0))
        found[name] = (known[0] + count, known[1] or oldest, known[2] + died)
    return {topic: TopicFigures(*found.get(topic.value, (0, None, 0))) for topic in TOPICS}


async def _jobs(snapshot: Snapshot) -> JobFigures:
    def in_state(state: str) -> Any:
        return func.count().filter(job.c.state == state)

    statement = select(
        in_state("queued"),
        in_state("running"),
        in_state("failed"),
        func.min(job.c.created_at).filter(job.c.state == "queued"),
    ).where(job.c.tenant_id == snapshot.tenant_id)
    row = await snapshot.first(statement)
    assert row is not None
    return JobFigures(*row)


async def _newest_event(snapshot: Snapshot) -> datetime | None:
    """By the primary key: ids rise with the time of receipt, which has no index of its own."""
    statement = (
        select(event.c.received_at).where(event.c.tenant_id == snapshot.tenant_id).order_by(event.c.id.desc()).limit(1)
    )
    found: datetime | None = await snapshot.scalar(statement)
    return found


async def _last_effects(snapshot: Snapshot) -> tuple[tuple[str, datetime], ...]:
    """Of each consumer, when the newest message had its effect. Steps from name to name on the primary key."""
    mine = processed.c.tenant_id == snapshot.tenant_id
    names = select(func.min(processed.c.consumer).label("consumer")).where(mine).cte("names", recursive=True)
    following = select(func.min(processed.c.consumer)).where(mine, processed.c.consumer > names.c.consumer)
    names = names.union_all(select(following.scalar_subquery()).where(names.c.consumer.is_not(None)))
    newest = (
        select(processed.c.processed_at)
        .where(mine, processed.c.consumer == names.c.consumer)
        .order_by(processed.c.message_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = select(names.c.consumer, newest).where(names.c.consumer.is_not(None)).order_by(names.c.consumer)
    return tuple((row[0], row[1]) for row in await snapshot.rows(statement))


async def _newest_minutes(snapshot: Snapshot, metrics: Sequence[str]) -> tuple[tuple[str, datetime], ...]:
    """Of each metric, the newest minute that has a value, on the tenant's clock."""
    names = values(column("metric", Text), name="names").data([(slug,) for slug in metrics])
    newest = (
        select(bucket.c.start)
        .where(
            bucket.c.tenant_id == snapshot.tenant_id,
            bucket.c.metric == names.c.metric,
            bucket.c.bucket == SHORTEST_BUCKET,
        )
        .order_by(bucket.c.start.desc())
        .limit(1)
        .lateral("newest")
    )
    statement = select(names.c.metric, newest.c.start).select_from(names.join(newest, literal(True)))
    return tuple((row[0], row[1]) for row in await snapshot.rows(statement.order_by(names.c.metric)))
