"""Metrics in GraphQL: the same definitions for the query and for the subscription."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.metrics import buckets, catalogue
from api.metrics.buckets import Window
from api.metrics.contracts import Figure
from api.metrics.engagement import PARTS
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


@strawberry.enum(
    description="What a metric's numbers are. RATIO is from 0 to 1, RATING from 1 to 5, SCORE from 0 to 100."
)
class MetricUnit(Enum):
    COUNT = "COUNT"
    MONEY = "MONEY"
    SECONDS = "SECONDS"
    RATE = "RATE"
    RATIO = "RATIO"
    RATING = "RATING"
    SCORE = "SCORE"


@strawberry.enum(
    description="How buckets and total belong together: only those of ADDITIVE metrics add up. The buckets of a "
    "ROLLING one hold its value at the end of each day, looked back from there; the others are empty."
)
class MetricAggregation(Enum):
    ADDITIVE = "ADDITIVE"
    DISTINCT = "DISTINCT"
    QUANTILE = "QUANTILE"
    MEAN = "MEAN"
    RATIO = "RATIO"
    ROLLING = "ROLLING"


@strawberry.input(description="A preset, or both from and to, or both firstDay and lastDay.")
class RangeInput:
    preset: RangePreset | None = None
    from_: datetime | None = strawberry.field(name="from", default=None)
    to: datetime | None = None
    first_day: date | None = strawberry.field(default=None, description="A day of the tenant's time zone.")
    last_day: date | None = strawberry.field(default=None, description="It is in the range as a whole.")


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


@strawberry.type(description="What a figure is made of, or stands beside.")
class MetricPart:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    name: str
    value: float


@strawberry.type(description="A metric over one span of time.")
class MetricFigure:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    value: float | None = strawberry.field(description="Null when there is nothing to take it from; never a zero then.")
    n: Int64 | None = strawberry.field(description="How many observations it was taken from.")
    low: float | None = strawberry.field(description="Where its 95% interval begins, for an estimate.")
    high: float | None = strawberry.field(description="Where its 95% interval ends, for an estimate.")
    parts: list[MetricPart]
    as_of: datetime | None = strawberry.field(description="Of predictions: when the oldest of them was made.")
    absent: str | None = strawberry.field(description="Why there is no value.")

    @classmethod
    def of(cls, figure: Figure, metric: catalogue.Metric) -> "MetricFigure":
        return cls(
            value=figure.value,
            n=None if figure.n is None else Int64(figure.n),
            low=figure.low,
            high=figure.high,
            parts=_parts(figure),
            as_of=figure.as_of,
            absent=metric.absent if figure.value is None else None,
        )


@strawberry.type(description="One bucket: the fields of a figure, and where it begins.")
class MetricBucket:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    start: datetime
    value: float | None = strawberry.field(description="Null when there is nothing to take it from; never a zero then.")
    n: Int64 | None
    low: float | None
    high: float | None
    parts: list[MetricPart]

    @classmethod
    def of(cls, start: datetime, figure: Figure) -> "MetricBucket":
        return cls(
            start=start,
            value=figure.value,
            n=None if figure.n is None else Int64(figure.n),
            low=figure.low,
            high=figure.high,
            parts=_parts(figure),
        )


def _parts(figure: Figure) -> list[MetricPart]:
    return [MetricPart(name=name, value=value) for name, value in figure.parts]


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
    total: float | None = strawberry.field(description="The value of `figure`.")
    previous_total: float | None = strawberry.field(description="The value of `previousFigure`.")
    figure: MetricFigure = strawberry.field(description="The metric over the whole range.")
    previous_figure: MetricFigure = strawberry.field(description="The metric over the whole range before it.")
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
    total: float | None
    previous_total: float | None
    figure: MetricFigure
    previous_figure: MetricFigure
    buckets: list[MetricBucket]
    cursor: str | None = strawberry.field(
        description="For resumeFrom. Null within the whole, which has one message for each metric, before its last."
    )


@strawberry.type(description="How much each part counts in the engagement score.")
class EngagementWeights:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    recency: float
    frequency: float
    sessions: float
    conversations: float

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> "EngagementWeights":
        return cls(**{part: weights.get(part, 1.0) for part in PARTS})


def window_of(given: RangeInput, bucket: Bucket | None, tenant: TenantRecord, now: datetime) -> Window:
    length = None if bucket is None else buckets.Bucket(bucket.value)
    spans = {
        "preset": given.preset is not None,
        "times": given.from_ is not None or given.to is not None,
        "days": given.first_day is not None or given.last_day is not None,
    }
    if sum(spans.values()) == 1:
        if given.preset is not None:
            return buckets.last(buckets.RangePreset(given.preset.value), length, now, tenant.zone)
        if given.from_ is not None and given.to is not None:
            return buckets.between(given.from_, given.to, length, now, tenant.zone)
        if given.first_day is not None and given.last_day is not None:
            return buckets.between_days(given.first_day, given.last_day, length, now, tenant.zone)
    raise BadInputError("Give a preset, or both from and to, or both firstDay and lastDay.", path=("range",))
