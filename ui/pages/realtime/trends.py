"""The trends card: small multiples, their legend and footer, and the same rows as a table."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from ui import comparison, formats
from ui.client import ApiError
from ui.components.chart import Chart, chart_card, chart_loading, chart_state, graph
from ui.components.states import empty, failed
from ui.components.twin import Cell, Column, Row, Twin, missing
from ui.figures.trend import drill_of, trend_figure
from ui.formats import MINOR_UNITS
from ui.records import MetricBucket, MetricSeries
from ui.theme import Theme

NAME, TITLE = "trends", "Trends"
TAKEN = {"QUANTILE": "median", "MEAN": "mean", "RATIO": "rate", "ROLLING": "value"}
PER_BUCKET = {"MINUTE": "per minute", "QUARTER_HOUR": "per 15 minutes", "HOUR": "per hour", "DAY": "per day"}


def loading(tools: Sequence[Component]) -> html.Section:
    return chart_loading(NAME, TITLE, height="own", tools=tools, class_name="trends")


def could_not_load(error: ApiError, tools: Sequence[Component] = ()) -> html.Section:
    """With the tools all the same: callbacks listen to them, and another choice may load."""
    state = failed("The trends", error, NAME)
    return chart_state(NAME, TITLE, state, height="own", tools=tools, class_name="trends")


def trends(
    shown: Sequence[MetricSeries],
    silent: Sequence[MetricSeries],
    theme: Theme,
    tools: Sequence[Component] = (),
    *,
    compare: bool = True,
) -> html.Section:
    if not shown:
        nothing = empty(
            "data for these metrics",
            "These trends need orders, events or conversations.",
            "0 received in the last 90 days.",
        )
        return chart_state(NAME, TITLE, nothing, height="own", class_name="trends", tools=tools)
    first = shown[0]
    chart = Chart(
        name=NAME,
        title=TITLE,
        unit=PER_BUCKET[first.bucket].capitalize(),
        sentence=html.Span(comparison.sentence(shown), id="trends-sentence"),
        as_of=first.as_of,
        time_zone=first.time_zone,
        twin=twin(shown),
        note=definitions(shown),
        no_drill="No act of a customer is behind one point of these.",
    )
    multiples = [
        *[_small_multiple(series, theme, compare=compare) for series in shown if series.total is not None],
        *[_absent_multiple(series) for series in shown if series.total is None],
        *[_missing_multiple(one) for one in silent],
    ]
    drawn = sum(series.total is not None for series in shown)
    body = html.Div(
        [
            _legend(first, compare=compare),
            html.Div(multiples, className=f"multiples multiples-{drawn if drawn in (1, 2) else len(multiples)}"),
        ]
    )
    return chart_card(chart, body, height="own", tools=tools, class_name="trends")


def _legend(series: MetricSeries, *, compare: bool) -> html.P:
    return html.P(
        [
            html.Span(
                [
                    html.I(className="key key-current"),
                    html.Span(
                        formats.span(series.range_start, series.range_end, series.time_zone), id="legend-current"
                    ),
                ]
            ),
            *([_previous_key(series)] if compare else []),
            html.Span([html.I(className="key key-open"), "not finished"]),
        ],
        className="legend",
    )


def _previous_key(series: MetricSeries) -> html.Span:
    weeks = (series.range_start - series.previous_start).days
    same_weekdays = weeks > 0 and weeks % 7 == 0 and series.bucket in ("HOUR", "DAY")
    previous = formats.span(series.previous_start, series.previous_end, series.time_zone)
    return html.Span(
        [
            html.I(className="key key-previous"),
            html.Span(previous, id="legend-previous"),
            ", same weekdays" if same_weekdays else "",
        ],
        className="of-previous",
    )


def unit_line(series: MetricSeries) -> str:
    if series.metric.aggregation in TAKEN:
        return f"{TAKEN[series.metric.aggregation]} {PER_BUCKET[series.bucket]}"
    unit = formats.symbol(series.money_in).strip() if series.money_in else series.metric.name.lower()
    return f"{unit} {PER_BUCKET[series.bucket]}"


def whole(series: MetricSeries) -> str:
    """What the figure of the whole range is called: only counts have a total."""
    return "whole range" if series.metric.aggregation in TAKEN else "total"


def _small_multiple(series: MetricSeries, theme: Theme, *, compare: bool) -> html.Div:
    slug = series.metric.slug
    total = formats.quantity(series.total, series.money_in, series.metric.unit)
    called = "in all" if whole(series) == "total" else f"over the {whole(series)}"
    label = f"{series.metric.name}, {unit_line(series)}: {total} {called}. {comparison.sentence([series])}"
    title: list[Component | str] = [
        series.metric.name,
        html.Span([f"{unit_line(series)} · {whole(series)} ", html.Span(total, id=f"trend-{slug}-total")]),
    ]
    return html.Div(
        [
            html.H3(title, className="multiple-title"),
            # Dash makes a responsive graph as high as what it stands in.
            html.Div(
                graph(f"trend-{slug}", trend_figure(series, theme, compare=compare), label), className="multiple-graph"
            ),
        ],
        className="multiple",
    )


def _absent_multiple(series: MetricSeries) -> html.Div:
    title = html.H3(series.metric.name, className="multiple-title")
    return html.Div([title, html.P(series.figure.absent, className="multiple-missing")], className="multiple")


def _missing_multiple(series: MetricSeries) -> html.Div:
    return html.Div(
        [
            html.H3(series.metric.name, className="multiple-title"),
            html.P(
                f"No {series.metric.name.lower()} yet: 0 received in the last 90 days.", className="multiple-missing"
            ),
        ],
        className="multiple",
    )


def twin(shown: Sequence[MetricSeries]) -> Twin:
    """The very rows of the charts, newest first, with the previous period beside them."""
    columns = [Column(f"Time ({shown[0].time_zone})")]
    for series in shown:
        unit = f", {series.money_in}" if series.money_in else ""
        columns += [
            Column(f"{series.metric.name}{unit}", number=True),
            Column(f"{series.metric.name}{unit}, before", number=True, soft=True),
        ]
    return Twin(columns, [_row(shown, index) for index in reversed(range(len(shown[0].buckets)))])


def _row(shown: Sequence[MetricSeries], index: int) -> Row:
    first = shown[0]
    start = first.buckets[index].start
    label = formats.bucket_label(start, first.time_zone, daily=first.bucket == "DAY")
    cells = [Cell(label, start.astimezone(first.zone).isoformat())]
    for series in shown:
        previous = series.previous_buckets[index] if index < len(series.previous_buckets) else None
        cells += [_cell(series, series.buckets[index]), _cell(series, previous)]
    return Row(cells, drill_of(first, index))


def _cell(series: MetricSeries, bucket: MetricBucket | None) -> Cell:
    if bucket is None or bucket.value is None:
        return missing()
    plain = bucket.value / (MINOR_UNITS if series.money_in else 1)
    value = int(plain) if plain == int(plain) else plain
    return Cell(formats.quantity(bucket.value, series.money_in, series.metric.unit), value)


def definitions(shown: Sequence[MetricSeries]) -> str:
    each = (f"{one.metric.name}: {one.metric.description.rstrip('.')}" for one in shown)
    return f"{'; '.join(each)}."
