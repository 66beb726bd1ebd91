"""The trends card: small multiples, their legend and footer, and the same rows as a table."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ui import comparison, formats
from ui.components.attributes import aria
from ui.components.states import empty
from ui.figures.trend import trend_figure
from ui.records import MetricSeries
from ui.theme import Theme

GRAPH_CONFIG: Any = {"displayModeBar": False, "responsive": True}
PER_BUCKET = {"MINUTE": "per minute", "QUARTER_HOUR": "per 15 minutes", "HOUR": "per hour", "DAY": "per day"}


def trends(shown: Sequence[MetricSeries], missing: Sequence[MetricSeries], theme: Theme) -> Component:
    if not shown:
        return empty(
            "data for these metrics",
            "These trends need orders, events or conversations.",
            "0 received in the last 90 days.",
        )
    return html.Div(
        [
            _legend(shown[0]),
            html.Div(
                [
                    *[_small_multiple(series, theme) for series in shown],
                    *[_missing_multiple(series) for series in missing],
                ],
                className=f"multiples multiples-{len(shown) + len(missing)}",
            ),
        ]
    )


def _legend(series: MetricSeries) -> html.P:
    weeks = (series.range_start - series.previous_start).days
    same_weekdays = weeks > 0 and weeks % 7 == 0 and series.bucket in ("HOUR", "DAY")
    previous = formats.span(series.previous_start, series.previous_end, series.time_zone)
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
            html.Span(
                [
                    html.I(className="key key-previous"),
                    html.Span(previous, id="legend-previous"),
                    ", same weekdays" if same_weekdays else "",
                ]
            ),
            html.Span([html.I(className="key key-open"), "not finished"]),
        ],
        className="legend",
    )


def unit_line(series: MetricSeries) -> str:
    unit = formats.symbol(series.money_in).strip() if series.money_in else series.metric.name.lower()
    return f"{unit} {PER_BUCKET[series.bucket]}"


def _small_multiple(series: MetricSeries, theme: Theme) -> html.Div:
    slug = series.metric.slug
    total = formats.quantity(series.total, series.money_in, series.metric.unit)
    return html.Div(
        [
            html.H3(
                [
                    series.metric.name,
                    html.Span([f"{unit_line(series)} · total ", html.Span(total, id=f"trend-{slug}-total")]),
                ],
                className="multiple-title",
            ),
            # Dash makes a responsive graph as high as what it stands in.
            html.Div(
                dcc.Graph(id=f"trend-{slug}", figure=trend_figure(series, theme), config=GRAPH_CONFIG),
                className="multiple-graph",
            ),
        ],
        className="multiple",
        role="figure",
        **aria(label=f"{series.metric.name}, {unit_line(series)}: {total} in all. {comparison.sentence([series])}"),
    )


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


def twin(shown: Sequence[MetricSeries]) -> html.Div:
    """The table twin: the very rows of the charts, newest first, with the previous period beside them."""
    head = [html.Th("Time", scope="col")]
    for series in shown:
        head += [
            html.Th(series.metric.name, scope="col", className="num"),
            html.Th("before", scope="col", className="num soft"),
        ]
    rows = [_twin_row(shown, index) for index in reversed(range(len(shown[0].buckets)))]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table table-dense")
    return html.Div(table, className="twin scroll-x", tabIndex="0", role="region", **aria(label="Trends as a table"))


def _twin_row(shown: Sequence[MetricSeries], index: int) -> html.Tr:
    first = shown[0]
    start = first.buckets[index].start
    cells: list[Component] = [
        html.Th(formats.bucket_label(start, first.time_zone, daily=first.bucket == "DAY"), scope="row")
    ]
    for series in shown:
        previous = series.previous_buckets[index].value if index < len(series.previous_buckets) else None
        values = [formats.quantity(each, series.money_in) for each in (series.buckets[index].value, previous)]
        cells += [html.Td(values[0], className="num"), html.Td(values[1], className="num soft")]
    return html.Tr(cells)


def footer(shown: Sequence[MetricSeries]) -> list[Component]:
    if not shown:
        return []
    definitions = "; ".join(f"{series.metric.name}: {series.metric.description.rstrip('.')}" for series in shown)
    return [
        html.Span(f"{definitions}.", className="foot-text"),
        html.Span(f"Times in {shown[0].time_zone}", className="foot-side"),
    ]
