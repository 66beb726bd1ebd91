"""One metric over time: the current period solid, the previous one as a dotted ghost, the unfinished bucket hollow."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import plotly.graph_objects as go  # type: ignore[import-untyped]

from ui import formats
from ui.figures.axis import value_axis
from ui.formats import MINOR_UNITS
from ui.records import MetricBucket, MetricSeries
from ui.theme import FONT, Theme

GHOST, CURRENT, UNFINISHED = range(3)
TICKS = 5
HEIGHT = 150


def trend_figure(series: MetricSeries, theme: Theme) -> go.Figure:
    currency = series.money_in
    times = [_local(bucket.start, series.time_zone) for bucket in series.buckets]
    current, previous = _values(series.buckets, currency), _values(series.previous_buckets, currency)
    axis = value_axis([*current, *previous], whole=currency is None)
    last = slice(-1, None) if series.range_end > series.as_of else slice(0, 0)
    figure = go.Figure(
        data=[
            go.Scatter(
                x=times[: len(previous)],
                y=previous,
                name="Previous",
                mode="lines",
                line={"color": theme["c-ghost"], "width": 1.5, "dash": "2px,3px"},
                hovertemplate=_hover(currency),
            ),
            go.Scatter(
                x=times,
                y=current,
                name="Current",
                mode="lines",
                line={"color": theme["c-1"], "width": 2},
                hovertemplate=_hover(currency),
            ),
            go.Scatter(
                x=times[last],
                y=current[last],
                name="Not finished",
                mode="markers",
                marker={"color": theme["c-surface"], "size": 7, "line": {"color": theme["c-1"], "width": 2}},
                hoverinfo="skip",
                cliponaxis=False,
            ),
        ]
    )
    ticks = time_ticks(series)
    figure.update_layout(
        template=None,
        autosize=True,
        height=HEIGHT,
        margin={"l": 4, "r": 22, "t": 8, "b": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 12, "color": theme["c-fg-2"]},
        showlegend=False,
        hovermode="x unified",
        hoverlabel={
            "bgcolor": theme["c-raised"],
            "bordercolor": theme["c-border-strong"],
            "font": {"family": FONT, "size": 12, "color": theme["c-fg"]},
        },
        dragmode=False,
        uirevision="keep",
        xaxis={
            "type": "date",
            "range": [times[0], times[-1]] if times else None,
            "tickvals": [_local(moment, series.time_zone) for moment in ticks],
            "ticktext": [tick_label(series, moment) for moment in ticks],
            "tickangle": 0,
            "tickfont": {"size": 11, "color": theme["c-fg-3"]},
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": theme["c-border-strong"],
            "showgrid": False,
            "linecolor": theme["c-border-strong"],
            "linewidth": 1,
            "showline": True,
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
            "hoverformat": "%-d %b %Y" if series.bucket == "DAY" else "%-d %b, %H:%M",
        },
        yaxis={
            "range": [axis.low, axis.high],
            "tickvals": list(axis.ticks),
            "ticktext": [formats.compact(tick, currency) for tick in axis.ticks],
            "tickfont": {"size": 11, "color": theme["c-fg-3"]},
            "ticklabelstandoff": 6,
            "gridcolor": theme["c-grid"],
            "zeroline": False,
            "fixedrange": True,
            "automargin": True,
        },
    )
    return figure


def time_ticks(series: MetricSeries) -> Sequence[datetime]:
    """Picks the bucket starts to label: midnights over a week of hours, else five evenly spaced, both ends included."""
    starts = [bucket.start for bucket in series.buckets]
    if series.bucket == "HOUR":
        zone = ZoneInfo(series.time_zone)
        midnights = [start for start in starts if start.astimezone(zone).hour == 0]
        every = -(-len(midnights) // TICKS) or 1
        return midnights[::every]
    count = min(TICKS, len(starts))
    if count < 2:  # noqa: PLR2004
        return starts
    return [starts[formats.half_up(index * (len(starts) - 1) / (count - 1))] for index in range(count)]


def tick_label(series: MetricSeries, moment: datetime) -> str:
    daily = series.bucket in ("HOUR", "DAY")
    return formats.day(moment, series.time_zone) if daily else formats.clock(moment, series.time_zone)


def _local(moment: datetime, zone: str) -> str:
    # Plotly knows no time zones: it is given the tenant's wall clock, without an offset.
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()


def _values(buckets: Sequence[MetricBucket], currency: str | None) -> list[float]:
    return [bucket.value if currency is None else bucket.value / MINOR_UNITS for bucket in buckets]


def _hover(currency: str | None) -> str:
    prefix = "" if currency is None else formats.symbol(currency)
    return f"%{{fullData.name}} <b>{prefix}%{{y:,.0f}}</b><extra></extra>"
