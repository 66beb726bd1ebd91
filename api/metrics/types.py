"""Metrics in GraphQL: the same definitions for the query and for the subscription."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.metrics import buckets, catalogue
from api.metrics.buckets import Window
from api.tenants.contracts import TenantRecord


@strawberry.enum(description="Ranges that end now.")
class RangePreset(Enum):
    LAST_HOUR = "LAST_HOUR"
    LAST_24_HOURS = "LAST_24_HOURS"
    LAST_7_DAYS = "LAST_7_DAYS"
    LAST_30_DAYS = "LAST_30_DAYS"
    LAST_90_DAYS = "LAST_90_DAYS"


@strawberry.enum(description="The length of a bucket. Days begin at midnight in the tenant's time zone.")
class Bucket(Enum):
    MINUTE = "minute"
    QUARTER_HOUR = "quarter_hour"
    HOUR = "hour"
    DAY = "day"


@strawberry.enum(description="What a metric's numbers are.")
class MetricUnit(Enum):
    COUNT = "COUNT"
    MONEY = "MONEY"


@strawberry.enum(description="Whether buckets add up to the total.")
class MetricAggregation(Enum):
    ADDITIVE = "ADDITIVE"
    DISTINCT = "DISTINCT"


@strawberry.input(description="A preset, or both from and to.")
class RangeInput:
    preset: RangePreset | None = None
    from_: datetime | None = strawberry.field(name="from", default=None)
    to: datetime | None = None


@strawberry.type(description="A number the product can show, and how it is made.")
class Metric:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    slug: str
    name: str
    unit: MetricUnit = strawberry.field(description="MONEY is in minor units of the tenant's currency.")
    description: str
    aggregation: MetricAggregation
    good: int = strawberry.field(description="1 when more is better, -1 when less is, 0 when neither.")

    @classmethod
    def of(cls, metric: catalogue.Metric) -> "Metric":
        return cls(
            slug=metric.slug,
            name=metric.name,
            unit=MetricUnit(metric.unit.value),
            description=metric.description,
            aggregation=MetricAggregation(metric.aggregation.value),
            good=metric.good,
        )


@strawberry.type(description="The value of one bucket.")
class MetricBucket:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    start: datetime
    value: float


@strawberry.type(
    description="A metric over a range of whole buckets, and over the range before it. The earlier range is cut where "
    "now lies in the current one; from seven days upward it lies whole weeks back."
)
class MetricSeries:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    metric: Metric
    revision: Int64 = strawberry.field(description="Raised by every change of the tenant's metrics.")
    as_of: datetime = strawberry.field(description="The tenant's clock when this was read.")
    time_zone: str
    currency: str | None = strawberry.field(description="For MONEY.")
    bucket: Bucket
    range_start: datetime
    range_end: datetime
    previous_start: datetime
    previous_end: datetime
    total: float
    previous_total: float
    buckets: list[MetricBucket] = strawberry.field(description="Every bucket of the range, zeros included.")
    previous_buckets: list[MetricBucket]


@strawberry.type(
    description="First a metric's whole series, then what changed. To follow: put each bucket in the place of the one "
    "with its start, and drop those before rangeStart."
)
class MetricUpdate:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    metric: str = strawberry.field(description="The metric's slug.")
    revision: Int64
    as_of: datetime
    range_start: datetime
    range_end: datetime
    total: float
    previous_total: float
    buckets: list[MetricBucket]
    cursor: str | None = strawberry.field(
        description="For resumeFrom. Null within the whole, which has one message for each metric, before its last."
    )


def window_of(given: RangeInput, bucket: Bucket | None, tenant: TenantRecord, now: datetime) -> Window:
    length = None if bucket is None else buckets.Bucket(bucket.value)
    if given.preset is not None and given.from_ is None and given.to is None:
        return buckets.last(buckets.RangePreset(given.preset.value), length, now, tenant.zone)
    if given.preset is None and given.from_ is not None and given.to is not None:
        return buckets.between(given.from_, given.to, length, now, tenant.zone)
    raise BadInputError("Give a preset, or both from and to.", path=("range",))
