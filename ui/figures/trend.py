"""One metric over time: the current period solid, the previous one as a dotted ghost, the unfinished bucket hollow."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ui import formats
from ui.figures.axis import ValueAxis, value_axis
from ui.formats import HOUR, MINOR_UNITS, MINUTE
from ui.records import MetricBucket, MetricSeries
from ui.theme import FONT, Theme

# Plotly's own JSON: building validated graph objects cost 15 to 35 ms a figure, and the tests validate it once.
PlotlyFigure = dict[str, Any]
GHOST, CURRENT, UNFINISHED = range(3)
TICKS = 5
TWO_DAYS = 48
ACTS_BEHIND = {
    "revenue": "CANCELLATION,ORDER",
    "orders": "ORDER",
    "active_customers": "EVENT,ORDER",
    "events": "EVENT",
    "conversations": "CONVERSATION",
    "response_time": "REPLY",
    "satisfaction_score": "RATING",
    "conversions": "CONVERSION",
}


def trend_figure(series: MetricSeries, theme: Theme, *, compare: bool = True) -> PlotlyFigure:
    """`compare` shows the previous period; a point leads to the customers of its bucket."""
    times = [_local(bucket.start, series.time_zone) for bucket in series.buckets]
    scale, _ = scale_of(series)
    current, previous = _values(series.buckets, scale), _values(series.previous_buckets, scale)
    known = [value for value in (*current, *(previous if compare else ())) if value is not None]
    axis = value_axis(known, whole=series.metric.unit == "COUNT")
    traces = _traces(series, times, current, previous if compare else (), theme)
    return {"data": traces, "layout": _layout(series, times, axis, theme)}


def _traces(
    series: MetricSeries,
    times: Sequence[str],
    current: Sequence[float | None],
    previous: Sequence[float | None],
    theme: Theme,
) -> list[dict[str, Any]]:
    unfinished = slice(-1, None) if series.range_end > series.as_of else slice(0, 0)
    prefix = "" if series.money_in is None else formats.symbol(series.money_in)
    digits, suffix = ".0f" if series.metric.unit in ("COUNT", "MONEY") else ".1f", scale_of(series)[1]
    # A value between two gaps would be no line.
    gaps = series.metric.aggregation not in ("ADDITIVE", "DISTINCT")
    line = {
        "type": "scatter",
        "mode": "lines+markers" if gaps else "lines",
        "marker": {"size": 4},
        "hovertemplate": f"%{{fullData.name}} <b>{prefix}%{{y:,{digits}}}{suffix}</b><extra></extra>",
    }
    return [
        {
            **line,
            "name": "Previous",
            "x": times[: len(previous)],
            "y": previous,
            "line": {"color": theme["c-ghost"], "width": 1.5, "dash": "2px,3px"},
        },
        {
            **line,
            "name": "Current",
            "x": times,
            "y": current,
            "line": {"color": theme["c-1"], "width": 2},
            "customdata": [drill_of(series, index) for index in range(len(times))],
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": "Not finished",
            "x": times[unfinished],
            "y": current[unfinished],
            "marker": {"color": theme["c-surface"], "size": 7, "line": {"color": theme["c-1"], "width": 2}},
            "hoverinfo": "skip",
            "cliponaxis": False,
        },
    ]


def _layout(series: MetricSeries, times: Sequence[str], axis: ValueAxis, theme: Theme) -> dict[str, Any]:
    font = {"family": FONT, "size": 12}
    labels = {"size": 11, "color": theme["c-fg-3"]}
    still = {"fixedrange": True, "zeroline": False, "automargin": True, "tickfont": labels}
    ticks = time_ticks(series)
    return {
        "autosize": True,
        "margin": {"l": 4, "r": 22, "t": 8, "b": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {**font, "color": theme["c-fg-2"]},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": theme["c-raised"],
            "bordercolor": theme["c-border-strong"],
            "font": {**font, "color": theme["c-fg"]},
        },
        "dragmode": False,
        "xaxis": {
            **still,
            "type": "date",
            "range": [times[0], times[-1]] if times else None,
            "tickvals": [_local(moment, series.time_zone) for moment in ticks],
            "ticktext": [tick_label(series, moment) for moment in ticks],
            "tickangle": 0,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": theme["c-border-strong"],
            "showgrid": False,
            "showline": True,
            "linecolor": theme["c-border-strong"],
            "linewidth": 1,
            "spikecolor": theme["c-axis"],
            "spikethickness": 1,
            "spikedash": "solid",
            "hoverformat": "%-d %b %Y" if series.bucket == "DAY" else "%-d %b, %H:%M",
        },
        "yaxis": {
            **still,
            "range": [axis.low, axis.high],
            "tickvals": list(axis.ticks),
            "ticktext": [f"{formats.compact(tick, series.money_in)}{scale_of(series)[1]}" for tick in axis.ticks],
            "ticklabelstandoff": 6,
            "gridcolor": theme["c-grid"],
        },
    }


def time_ticks(series: MetricSeries) -> Sequence[datetime]:
    """Picks the bucket starts to label: midnights over a week of hours, else five evenly spaced, both ends included."""
    starts = [bucket.start for bucket in series.buckets]
    if axis_bucket(series) == "HOUR":
        zone = ZoneInfo(series.time_zone)
        midnights = [start for start in starts if start.astimezone(zone).hour == 0]
        every = -(-len(midnights) // TICKS) or 1
        return midnights[::every]
    count = min(TICKS, len(starts))
    if count < 2:  # noqa: PLR2004
        return starts
    return [starts[formats.half_up(index * (len(starts) - 1) / (count - 1))] for index in range(count)]


def axis_bucket(series: MetricSeries) -> str:
    """How times are labelled: the hours of a day or two by the clock, as shorter buckets are."""
    return "QUARTER_HOUR" if series.bucket == "HOUR" and len(series.buckets) <= TWO_DAYS else series.bucket


def tick_label(series: MetricSeries, moment: datetime) -> str:
    daily = axis_bucket(series) in ("HOUR", "DAY")
    return formats.day(moment, series.time_zone) if daily else formats.clock(moment, series.time_zone)


def _local(moment: datetime, zone: str) -> str:
    # Plotly knows no time zones: it is given the tenant's wall clock, without an offset.
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()


def _values(buckets: Sequence[MetricBucket], scale: float) -> list[float | None]:
    """Where there is no value, the line has a gap."""
    return [None if bucket.value is None else bucket.value / scale for bucket in buckets]


def scale_of(series: MetricSeries) -> tuple[float, str]:
    """What values are divided by to be drawn, and what is then written behind them."""
    if series.money_in is not None:
        return MINOR_UNITS, ""
    if series.metric.unit == "RATIO":
        return 0.01, "%"
    if series.metric.unit != "SECONDS":
        return 1, ""
    longest = max((bucket.value or 0 for bucket in (*series.buckets, *series.previous_buckets)), default=0)
    return (1, " s") if longest < 2 * MINUTE else (MINUTE, " min") if longest < 2 * HOUR else (HOUR, " h")


def drill_of(series: MetricSeries, index: int) -> str | None:
    """The query string of the customers behind one bucket; None for a metric that no customer's act is behind."""
    start = series.buckets[index].start
    following = index + 1
    end = series.buckets[following].start if following < len(series.buckets) else series.range_end
    span = [_utc(start), _utc(end)]
    if series.metric.slug == "new_customers":
        return urlencode({"firstSeenGte": span[0], "firstSeenLt": span[1]}, safe=":")
    acts = ACTS_BEHIND.get(series.metric.slug)
    return None if acts is None else urlencode({"acted": acts, "actedGte": span[0], "actedLt": span[1]}, safe=",:")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
