"""What `assets/30-live.js` needs to follow metrics and to write the same words as the server."""

import json
from collections.abc import Collection, Mapping, Sequence

from ui.figures.trend import ACTS_BEHIND, axis_bucket, scale_of
from ui.records import MetricSeries


def settings(
    everything: Mapping[str, MetricSeries],
    known: Collection[str],
    shown: Sequence[str],
    *,
    page: str,
    asked: Mapping[str, str],
    bucket: str | None,
    answer: str,
) -> str:
    """`known` are the metrics that are on the page, `shown` those with a trend; `answer` tells one load from the next.
    `page` is the id of the page's root, which its other ids begin with."""
    newest = next(iter(everything.values()))
    return json.dumps(
        {
            "answer": answer,
            "page": page,
            "metrics": sorted(everything),
            "range": dict(asked),
            "past": is_past(newest),
            "bucket": bucket,
            "shown": [slug for slug in shown if slug in known],
            "zone": newest.time_zone,
            "asOf": newest.as_of.isoformat(),
            "series": {slug: _one(slug, one) for slug, one in everything.items() if slug in known},
        }
    )


def is_past(series: MetricSeries) -> bool:
    """Whether the range was over before the data ends, so that nothing of it will move."""
    return series.range_end < series.as_of


def _one(slug: str, series: MetricSeries) -> dict[str, object]:
    scale, suffix = scale_of(series)
    return {
        "name": series.metric.name,
        "good": series.metric.good,
        "currency": series.money_in,
        "unit": series.metric.unit,
        "counted": series.metric.aggregation in ("ADDITIVE", "DISTINCT"),
        "scale": scale,
        "suffix": suffix,
        "bucket": axis_bucket(series),
        "acts": ACTS_BEHIND.get(slug),
        "rangeStart": series.range_start.isoformat(),
        "previousStart": series.previous_start.isoformat(),
        "previousEnd": series.previous_end.isoformat(),
    }
