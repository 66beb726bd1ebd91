"""The catalogue of metrics, and the series of one."""

from datetime import datetime

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import METRICS as CACHED_METRICS
from api.cache.freshness import Freshness
from api.graphql.context import Info
from api.graphql.permissions import field
from api.graphql.scalars import Int64
from api.metrics import catalogue, repository
from api.metrics.catalogue import METRICS, Unit
from api.metrics.contracts import Figure
from api.metrics.reading import LOADERS
from api.metrics.types import (
    Bucket,
    EngagementWeights,
    Metric,
    MetricBucket,
    MetricFigure,
    MetricSeries,
    RangeInput,
    window_of,
)
from api.tenants.types import tenant_of

CATALOGUE = Freshness(frozenset(), 60.0, "It changes with the product's version alone; a minute ends any mix of two.")


@strawberry.type
class MetricQuery:
    @field(Permission.ANALYTICS_VIEW, "The metrics there are.", cached=CATALOGUE)
    async def metrics(self) -> list[Metric]:
        return [Metric.of(metric) for metric in METRICS.values()]

    @field(
        Permission.ANALYTICS_VIEW,
        "One metric over a range. Without a bucket, one that suits the range is taken.",
        cached=CACHED_METRICS,
    )
    async def metric_series(
        self,
        info: Info,
        metric: str,
        range: RangeInput,  # noqa: A002
        bucket: Bucket | None = None,
    ) -> MetricSeries:
        context = info.context
        chosen = catalogue.metric(metric)
        tenant = await tenant_of(context)
        now = tenant.now(context.services.now())
        window = window_of(range, bucket, tenant, now)
        series = await context.loader(LOADERS[chosen.source], str, window).load(chosen.slug)
        revision = await context.loader(repository.load_revisions, type(context.tenant_id)).load(context.tenant_id)
        return MetricSeries(
            metric=Metric.of(chosen),
            revision=Int64(revision),
            as_of=now,
            time_zone=tenant.time_zone,
            currency=tenant.currency if chosen.unit is Unit.MONEY else None,
            bucket=Bucket(window.bucket.value),
            range_start=window.start,
            range_end=window.end,
            previous_start=window.previous_start,
            previous_end=window.previous_end,
            total=series.total.value,
            previous_total=series.previous_total.value,
            figure=MetricFigure.of(series.total, chosen),
            previous_figure=MetricFigure.of(series.previous_total, chosen),
            buckets=_points(window.buckets, series.values),
            previous_buckets=_points(window.previous_buckets, series.previous_values),
        )

    @field(Permission.ANALYTICS_VIEW, "How the engagement score is weighed; 1 each unless it was set.")
    async def engagement_weights(self, info: Info) -> EngagementWeights:
        context = info.context
        weights = await context.loader(repository.load_weights, type(context.tenant_id)).load(context.tenant_id)
        return EngagementWeights.of(weights)


def _points(starts: tuple[datetime, ...], values: tuple[Figure, ...]) -> list[MetricBucket]:
    return [MetricBucket.of(start, figure) for start, figure in zip(starts, values, strict=True)]
