"""SQL that aggregates the facts of the catalogue's fact metrics: all of them over one window in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Double, Select, cast, func, literal, null, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from api.metrics.buckets import Window
from api.metrics.catalogue import METRICS, FactMetric
from api.metrics.contracts import ABSENT, ZERO, Figure, Series
from models.base import Timestamp
from models.database import Snapshot


async def load_facts(snapshot: Snapshot, slugs: Sequence[str], window: Window) -> list[Series]:
    metrics = [_fact_metric(slug) for slug in slugs]
    rows = await snapshot.rows(_facts(snapshot.tenant_id, metrics, window))
    found = {
        (slug, current, position): _figure(_fact_metric(slug), n, value, part)
        for slug, current, position, n, value, part in rows
    }

    def values(metric: FactMetric, current: bool, size: int) -> tuple[Figure, ...]:
        nothing = ZERO if metric.absent is None else ABSENT
        return tuple(found.get((metric.slug, current, position), nothing) for position in range(1, size + 1))

    return [
        Series(
            found[metric.slug, True, None],
            found[metric.slug, False, None],
            values(metric, True, len(window.buckets)),
            values(metric, False, len(window.previous_buckets)),
        )
        for metric in metrics
    ]


def _fact_metric(slug: str) -> FactMetric:
    metric = METRICS[slug]
    assert isinstance(metric, FactMetric)
    return metric


def _figure(metric: FactMetric, n: int, value: float | None, part: float | None) -> Figure:
    if metric.absent is None:
        return Figure(value)
    if value is None:
        return ABSENT
    return Figure(value, n=n, parts=() if part is None else ((metric.parts[0], part),))


def _facts(tenant_id: UUID, metrics: Sequence[FactMetric], window: Window) -> Select[Any]:
    """A row for each bucket that has facts, and one with an empty position for each whole window."""

    def aggregated(
        metric: FactMetric, current: bool, begin: datetime, end: datetime, edges: Sequence[datetime]
    ) -> Select[Any]:
        source = metric.facts(tenant_id).subquery()
        position = func.width_bucket(source.c.at, cast(list(edges), ARRAY(Timestamp())))
        placed = (
            select(source.c.value, position.label("position")).where(source.c.at >= begin, source.c.at < end).subquery()
        )
        part = metric.part(placed.c.value)
        return select(
            literal(metric.slug).label("slug"),
            literal(current).label("current"),
            placed.c.position,
            func.count().label("n"),
            cast(metric.aggregate(placed.c.value), Double).label("value"),
            cast(null() if part is None else part, Double).label("part"),
        ).group_by(func.grouping_sets(tuple_(placed.c.position), tuple_()))

    previous = window.previous_buckets or (window.start,)
    both = union_all(
        *(aggregated(metric, True, window.start, window.end, window.buckets) for metric in metrics),
        *(aggregated(metric, False, window.previous_start, window.previous_end, previous) for metric in metrics),
    ).subquery("parts")
    return select(*both.c)
