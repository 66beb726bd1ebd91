"""The Real-time page's component trees: pure functions of the query and of the data."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import comparison, formats
from ui.client import ApiError
from ui.components.attributes import aria
from ui.components.badge import live_badge
from ui.components.card import card
from ui.components.icon import icon
from ui.components.kpi import kpi_card, kpi_loading, kpi_missing, kpi_unknown
from ui.components.states import empty, skeleton
from ui.figures.trend import trend_figure
from ui.pages.realtime.data import EventPage, RealtimeData
from ui.pages.realtime.query import METRICS, RANGE_LABELS, RealtimeQuery
from ui.records import EventRow, MetricSeries
from ui.theme import Theme

RANGE, METRIC = "realtime-range", "realtime-metric"
GRAPH_CONFIG: Any = {"displayModeBar": False, "responsive": True}
PER_BUCKET = {"MINUTE": "per minute", "QUARTER_HOUR": "per 15 minutes", "HOUR": "per hour", "DAY": "per day"}


def page(query: RealtimeQuery) -> html.Div:
    return html.Div(
        [
            html.Div(id="live", hidden=True),
            dcc.Store(id="realtime-query", data=asdict(query)),
            dcc.Store(id="realtime-refresh"),
            dcc.Store(id="realtime-twin", data=False),
            dcc.Store(id="realtime-loaded"),
            dcc.Store(id="newest-refresh"),
            dcc.Interval(id="realtime-poll", interval=30_000, disabled=True),
            _header(query),
            html.Div(id="realtime-stale"),
            html.Div([kpi_loading(name) for name in METRICS.values()], id="kpis", className="kpis"),
            card(
                "Trends",
                html.Div(skeleton("trends", "trends"), id="trends-body", className="trends-body"),
                subtitle=html.Span(id="trends-sentence"),
                tools=_trend_tools(query),
                footer=html.Div(id="trends-foot", className="foot-line"),
                class_name="trends",
            ),
            card(
                "Newest events",
                html.Div(skeleton("events", *["row"] * 5), id="newest-body", className="newest-body"),
                subtitle=html.Span(id="newest-subtitle"),
            ),
        ],
        id="realtime",
        className="page",
    )


def _header(query: RealtimeQuery) -> html.Header:
    return html.Header(
        [
            html.Div(
                [
                    html.Div(
                        [html.H1("Real-time analytics", tabIndex="-1", id="page-title"), live_badge()],
                        className="title-line",
                    ),
                    html.P(html.Span(id="realtime-asof"), className="page-meta"),
                ]
            ),
            html.Div(
                [_choice(RANGE, name, label, chosen=name == query.range_name) for name, label in RANGE_LABELS.items()],
                role="group",
                className="page-tools segments",
                **aria(label="Time range"),
            ),
        ],
        className="page-head",
    )


def _trend_tools(query: RealtimeQuery) -> html.Div:
    return html.Div(
        [
            html.Details(
                [
                    html.Summary(
                        [icon("sliders"), html.Span(metrics_count(query), id="metrics-count")],
                        className="button button-quiet",
                    ),
                    html.Div(
                        [
                            html.P("Up to four metrics", className="menu-title"),
                            *[
                                _choice(METRIC, slug, name, chosen=slug in query.metrics)
                                for slug, name in METRICS.items()
                            ],
                        ],
                        className="menu",
                    ),
                ],
                className="menu-holder",
                id="metrics-menu",
            ),
            html.Button(
                icon("table"),
                id="twin-button",
                type="button",
                className="button button-icon",
                title="Show as a table",
                **aria(label="Show as a table", pressed="false"),
            ),
        ],
        className="tools",
    )


def _choice(kind: str, name: str, label: str, *, chosen: bool) -> html.Button:
    return html.Button(
        [html.Span(className="choice-mark", **aria(hidden="true")), label],
        id={"type": kind, "name": name},
        type="button",
        className="choice",
        **aria(pressed="true" if chosen else "false"),
    )


def metrics_count(query: RealtimeQuery) -> str:
    return f"{len(query.metrics)} {'metric' if len(query.metrics) == 1 else 'metrics'}"


def kpis(loaded: RealtimeData, theme: Theme) -> list[Component]:
    cards: list[Component] = [kpi_card(series, theme) for series in loaded.known]
    return [*cards, kpi_missing(loaded.missing)] if loaded.missing else cards


def kpis_failed() -> list[Component]:
    return [kpi_unknown(name) for name in METRICS.values()]


def trends(shown: Sequence[MetricSeries], theme: Theme) -> Component:
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
                [_small_multiple(series, theme) for series in shown], className=f"multiples multiples-{len(shown)}"
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
                    formats.span(series.range_start, series.range_end, series.time_zone),
                ]
            ),
            html.Span(
                [html.I(className="key key-previous"), f"{previous}, same weekdays" if same_weekdays else previous]
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
    total = formats.quantity(series.total, series.money_in)
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
        cells.append(html.Td(formats.quantity(series.buckets[index].value, series.money_in), className="num"))
        cells.append(
            html.Td("–" if previous is None else formats.quantity(previous, series.money_in), className="num soft")
        )
    return html.Tr(cells)


def footer(shown: Sequence[MetricSeries]) -> list[Component]:
    if not shown:
        return []
    definitions = "; ".join(f"{series.metric.name}: {series.metric.description.rstrip('.')}" for series in shown)
    return [
        html.Span(f"{definitions}.", className="foot-text"),
        html.Span(f"Times in {shown[0].time_zone}", className="foot-side"),
    ]


def newest(events: EventPage, zone: str) -> Component:
    if not events.nodes:
        return empty("events", "This table needs events sent to the API.", "0 received so far.")
    head = html.Thead(
        html.Tr(
            [
                html.Th("Event", scope="col"),
                html.Th("Customer", scope="col"),
                html.Th("Source", scope="col", className="wide-only"),
                html.Th("Time", scope="col", className="num"),
            ]
        )
    )
    return html.Table([head, html.Tbody([_event_row(event, zone) for event in events.nodes])], className="table")


def _event_row(event: EventRow, zone: str) -> html.Tr:
    who = (
        dcc.Link(event.customer.name, href=f"/customers/{quote(event.customer.id, safe='')}", className="link")
        if event.customer
        else html.Span("–", title="No customer was named", className="soft")
    )
    return html.Tr(
        [
            html.Th(formats.humanise(event.name), scope="row", title=event.name),
            html.Td(who),
            html.Td(event.source, className="soft wide-only"),
            html.Td(
                formats.bucket_label(event.occurred_at, zone, daily=False),
                className="num",
                title=formats.date_time(event.occurred_at, zone),
            ),
        ]
    )


def newest_subtitle(events: EventPage) -> str:
    if not events.nodes:
        return ""
    count = formats.integer(events.total_count.value)
    many = f"at least {count}" if events.total_count.precision == "AT_LEAST" else count
    return f"{len(events.nodes)} of {many}; latest first."


def as_of(series: MetricSeries) -> list[Component | str]:
    return [
        "Data up to ",
        html.Span(formats.date_time(series.as_of, series.time_zone), id="realtime-asof-time"),
        f" · {series.time_zone} · moves as events arrive",
    ]


def live_settings(loaded: RealtimeData, query: RealtimeQuery) -> str:
    """What `assets/30-live.js` needs to subscribe and to write the same words as this page."""
    series = {
        slug: {
            "name": one.metric.name,
            "good": one.metric.good,
            "currency": one.money_in,
            "bucket": one.bucket,
            "rangeStart": one.range_start.isoformat(),
        }
        for slug, one in loaded.series.items()
        if slug not in loaded.never_received
    }
    newest = next(iter(loaded.series.values()))
    return json.dumps(
        {
            "metrics": sorted(loaded.series),
            "preset": query.preset,
            "shown": [slug for slug in query.metrics if slug in series],
            "zone": newest.time_zone,
            "asOf": newest.as_of.isoformat(),
            "series": series,
        }
    )


def stale(error: ApiError, good: str) -> html.Div:
    return html.Div(
        [
            icon("clock"),
            html.Span([f"Last good answer {good}. ", error.message, " Code ", html.Code(error.code)]),
            html.Button(
                [icon("arrow-clockwise"), "Refresh"],
                id={"type": "retry", "where": "stale"},
                className="button button-quiet",
                type="button",
            ),
        ],
        className="notice notice-warn",
        role="alert",
    )
