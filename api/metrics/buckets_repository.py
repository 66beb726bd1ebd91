"""SQL that reads additive metrics from their buckets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, literal, select, union_all

from api.metrics.buckets import Bucket, Window
from api.metrics.contracts import ZERO, Figure, Series
from models import MetricBucket
from models.base import table
from models.database import Snapshot

buckets = table(MetricBucket)


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
        answer.append(_series(values, previous))
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


def _series(values: Sequence[int], previous: Sequence[int]) -> Series:
    return Series(Figure(sum(values)), Figure(sum(previous)), _figures(values), _figures(previous))


def _figures(values: Sequence[int]) -> tuple[Figure, ...]:
    """Most buckets are empty."""
    return tuple(Figure(value) if value else ZERO for value in values)
