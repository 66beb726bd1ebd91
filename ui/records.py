"""What the API's answers become in the user interface: frozen records, checked on arrival."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Precision = Literal["EXACT", "AT_LEAST"]
Unit = Literal["COUNT", "MONEY", "SECONDS", "RATE", "RATIO", "RATING", "SCORE"]


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class Money(Record):
    amount: int
    currency: str


class PageInfo(Record):
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = None
    end_cursor: str | None = None


class TotalCount(Record):
    value: int
    precision: Precision


class Replay(Record):
    speed: int
    position: datetime
    ends_at: datetime
    state: Literal["RUNNING", "FINISHED"]


class Tenant(Record):
    slug: str
    name: str
    time_zone: str
    currency: str
    now: datetime
    synthetic: bool
    source: str | None = None
    replay: Replay | None = None


class User(Record):
    name: str
    display_name: str
    role: Literal["ADMIN", "ANALYST", "VIEWER"]


class Status(Record):
    live: Literal["REDIS", "POSTGRES"]
    message: str | None = None


class CustomerLink(Record):
    id: str
    name: str


class EventRow(Record):
    id: str
    name: str
    source: str
    occurred_at: datetime
    customer: CustomerLink | None = None


class Metric(Record):
    slug: str
    name: str
    unit: Unit
    description: str
    aggregation: Literal["ADDITIVE", "DISTINCT", "QUANTILE", "MEAN", "RATIO", "ROLLING"]
    good: int


class MetricBucket(Record):
    """`value` is None where there is nothing to take it from."""

    start: datetime
    value: float | None


class MetricPart(Record):
    name: str
    value: float


class MetricFigure(Record):
    """What stands behind a total: how many observations, the 95% interval of an estimate, its parts; or why none is."""

    n: int | None = None
    low: float | None = None
    high: float | None = None
    parts: Sequence[MetricPart] = ()
    absent: str | None = None

    @property
    def p95(self) -> float | None:
        return next((part.value for part in self.parts if part.name == "p95"), None)


class MetricSeries(Record):
    """One metric over one window of whole buckets, and over the window it is compared with."""

    metric: Metric
    as_of: datetime
    time_zone: str
    currency: str | None = None
    bucket: Literal["MINUTE", "QUARTER_HOUR", "HOUR", "DAY"]
    range_start: datetime
    range_end: datetime
    previous_start: datetime
    previous_end: datetime
    total: float | None
    previous_total: float | None
    figure: MetricFigure = MetricFigure()
    buckets: Sequence[MetricBucket]
    previous_buckets: Sequence[MetricBucket]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def money_in(self) -> str | None:
        """The currency its values are in, or None for a count."""
        return self.currency if self.metric.unit == "MONEY" else None
