"""Records for tests, with the few values that matter named and the rest plain."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from ui.records import Metric, MetricBucket, MetricSeries, Unit

Bucket = Literal["MINUTE", "QUARTER_HOUR", "HOUR", "DAY"]
STEPS: dict[str, timedelta] = {
    "MINUTE": timedelta(minutes=1),
    "QUARTER_HOUR": timedelta(minutes=15),
    "HOUR": timedelta(hours=1),
    "DAY": timedelta(days=1),
}
START = datetime(2011, 8, 1, 23, tzinfo=UTC)  # midnight in London


def metric(slug: str = "orders", *, unit: Unit = "COUNT", good: int = 1) -> Metric:
    return Metric(
        slug=slug,
        name=slug.replace("_", " ").capitalize(),
        unit=unit,
        description=f"What {slug} counts.",
        aggregation="ADDITIVE",
        good=good,
    )


def series(
    values: Sequence[float | None] = (1, 2, 3),
    previous: Sequence[float | None] = (2, 2),
    *,
    slug: str = "orders",
    unit: Unit = "COUNT",
    good: int = 1,
    bucket: Bucket = "DAY",
    total: float | None = None,
    previous_total: float | None = None,
) -> MetricSeries:
    """A week-shifted comparison; "now" is half a bucket before the window's end, so the last bucket is unfinished."""
    step, shift = STEPS[bucket], timedelta(days=7)
    end = START + step * len(values)
    return MetricSeries(
        metric=metric(slug, unit=unit, good=good),
        as_of=end - step / 2,
        time_zone="Europe/London",
        currency="GBP" if unit == "MONEY" else None,
        bucket=bucket,
        range_start=START,
        range_end=end,
        previous_start=START - shift,
        previous_end=end - shift,
        total=_sum(values) if total is None else total,
        previous_total=_sum(previous) if previous_total is None else previous_total,
        buckets=[MetricBucket(start=START + step * index, value=value) for index, value in enumerate(values)],
        previous_buckets=[
            MetricBucket(start=START - shift + step * index, value=value) for index, value in enumerate(previous)
        ],
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known or not values else None
