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
from api.metrics.types import Bucket, Metric, MetricBucket, MetricSeries, RangeInput, window_of
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
        series = await context.loader(repository.LOADERS[chosen.aggregation], str, window).load(chosen.slug)
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
            total=series.total,
            previous_total=series.previous_total,
            buckets=_points(window.buckets, series.values),
            previous_buckets=_points(window.previous_buckets, series.previous_values),
        )


def _points(starts: tuple[datetime, ...], values: tuple[int, ...]) -> list[MetricBucket]:
    return [MetricBucket(start=start, value=value) for start, value in zip(starts, values, strict=True)]
