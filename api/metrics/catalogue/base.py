"""What a metric is, and the kinds there are by where their numbers come from."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func

PURCHASE: Final = "purchase"
CONSIDERATION: Final = "consideration"


class Unit(StrEnum):
    """MONEY is in minor units, RATIO from 0 to 1, RATING from 1 to 5, SCORE from 0 to 100."""

    COUNT = "COUNT"
    MONEY = "MONEY"
    SECONDS = "SECONDS"
    RATE = "RATE"
    RATIO = "RATIO"
    RATING = "RATING"
    SCORE = "SCORE"


class Aggregation(StrEnum):
    """How buckets and total belong together: only those of ADDITIVE metrics add up. The buckets of a ROLLING one hold
    its value at the end of each day, looked back from there."""

    ADDITIVE = "ADDITIVE"
    DISTINCT = "DISTINCT"
    QUANTILE = "QUANTILE"
    MEAN = "MEAN"
    RATIO = "RATIO"
    ROLLING = "ROLLING"


class Source(StrEnum):
    """Where the numbers are read. All metrics of one source over one window are read by one statement."""

    BUCKETS = "BUCKETS"
    ACTIVITY = "ACTIVITY"
    FACTS = "FACTS"
    JOURNEYS = "JOURNEYS"
    ENGAGEMENT = "ENGAGEMENT"
    PREDICTIONS = "PREDICTIONS"


class Metric:
    """`good` says whether more is better (1), worse (-1) or neither (0). `absent` says in a sentence why there may be
    no value; None for a metric that always has one. `parts` are the names of what its figures carry beside."""

    slug: ClassVar[str]
    name: ClassVar[str]
    unit: ClassVar[Unit]
    aggregation: ClassVar[Aggregation]
    source: ClassVar[Source]
    good: ClassVar[int]
    description: ClassVar[str]
    formula: ClassVar[str]
    absent: ClassVar[str | None] = None
    parts: ClassVar[Sequence[str]] = ()


class BucketMetric(Metric):
    """Summed by minute, quarter hour, hour and day while events come in; ingest says what each of them adds."""

    aggregation = Aggregation.ADDITIVE
    source = Source.BUCKETS


class ActivityMetric(Metric):
    """Worked out from the events of named customers in a span of time."""

    source = Source.ACTIVITY


class PredictionMetric(Metric):
    """The mean of what is foretold of each customer now, of one kind of model. Earlier predictions are not kept: before
    the newest was made there is no value."""

    aggregation = Aggregation.ROLLING
    source = Source.PREDICTIONS
    kind: ClassVar[str]


class FactMetric(Metric, ABC):
    """An aggregate over facts, each with its moment and its value."""

    source = Source.FACTS

    @abstractmethod
    def facts(self, tenant_id: UUID) -> Select[Any]:
        """Columns `at` and `value`."""

    def aggregate(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        """Of all the values in a span; null when there is none."""
        return func.count()

    def part(self, value: ColumnElement[Any]) -> ColumnElement[Any] | None:
        """What stands under the one name in `parts`."""
        return None


def quantile(share: float, value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.percentile_cont(share).within_group(value)
