"""Metrics as they change."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError
from api.graphql.context import Info
from api.graphql.permissions import subscription
from api.graphql.scalars import Int64
from api.metrics import catalogue
from api.metrics.buckets import Window
from api.metrics.live import Follower, Update
from api.metrics.types import Bucket, MetricBucket, MetricFigure, MetricUpdate, RangeInput, window_of
from api.streams.feeds import Sharing
from api.tenants.contracts import TenantRecord

ResumeFrom = Annotated[str | None, strawberry.argument(description="The last cursor that was not null.")]


@strawberry.type
class MetricSubscription:
    @subscription(
        Permission.ANALYTICS_VIEW,
        "Each metric's whole series first, then its changed buckets. After a drop, subscribe again with the last "
        "cursor as resumeFrom: what is missing comes when the server still knows it, and otherwise the whole again.",
        Sharing.CHANGES,
    )
    async def metric_updates(
        self,
        info: Info,
        metrics: list[str],
        range: RangeInput,  # noqa: A002
        bucket: Bucket | None = None,
        resume_from: ResumeFrom = None,  # of one subscriber: whoever shares this execution sees to it
    ) -> AsyncGenerator[MetricUpdate, None]:
        context = info.context
        if not metrics or len(set(metrics)) != len(metrics):
            raise BadInputError("Name at least one metric, and each once.", path=("metrics",))
        chosen = [catalogue.metric(slug, ("metrics",)) for slug in metrics]

        def choose_window(tenant: TenantRecord, now: datetime) -> Window:
            return window_of(range, bucket, tenant, now)

        services = context.services
        follower = Follower(services.database, services.hub, context.tenant_id, chosen, choose_window, services.now)
        async for update in follower.updates(context.feed):
            yield _message(update)


def _message(update: Update) -> MetricUpdate:
    metric = catalogue.metric(update.metric)
    return MetricUpdate(
        metric=update.metric,
        revision=Int64(update.revision),
        as_of=update.as_of,
        range_start=update.window.start,
        range_end=update.window.end,
        total=update.total.value,
        previous_total=update.previous_total.value,
        figure=MetricFigure.of(update.total, metric),
        previous_figure=MetricFigure.of(update.previous_total, metric),
        buckets=[MetricBucket.of(start, figure) for start, figure in update.buckets],
        cursor=update.cursor,
    )
