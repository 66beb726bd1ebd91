"""The Real-time page's component trees: pure functions of the query and of the data."""

from dataclasses import asdict

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats, live
from ui.client import ApiError
from ui.components.attributes import aria, data
from ui.components.badge import live_badge
from ui.components.card import card
from ui.components.dates import custom_range
from ui.components.icon import icon
from ui.components.kpi import kpi_card, kpi_loading, kpi_missing, kpi_unknown
from ui.components.states import skeleton
from ui.pages.realtime import trends
from ui.pages.realtime.data import RealtimeData
from ui.pages.realtime.query import METRICS, RANGE_LABELS, RealtimeQuery
from ui.records import MetricSeries
from ui.theme import Theme

RANGE, METRIC = "realtime-range", "realtime-metric"


def page(query: RealtimeQuery) -> html.Div:
    return html.Div(
        [
            html.Div(id="realtime-live", hidden=True, **data(page="realtime")),
            dcc.Store(id="realtime-query", data=asdict(query)),
            dcc.Store(id="realtime-refresh"),
            dcc.Store(id="realtime-loaded"),
            dcc.Store(id="realtime-newest"),
            dcc.Interval(id="realtime-poll", interval=30_000, disabled=True),
            _header(query),
            html.Div(id="realtime-stale"),
            html.Div([kpi_loading(name) for name in METRICS.values()], id="kpis", className="kpis"),
            html.Div(trends.loading(trend_tools(query)), id="trends-place"),
            html.Div(
                [
                    card(
                        "Recent customers",
                        html.Div(skeleton("customers", *["row"] * 5), id="recent-body", className="newest-body"),
                        subtitle="By their last order; all their orders counted.",
                    ),
                    card(
                        "Newest events",
                        html.Div(skeleton("events", *["row"] * 5), id="newest-body", className="newest-body"),
                        subtitle=html.Span(id="newest-subtitle"),
                        class_name="newest",
                    ),
                ],
                className="pair",
            ),
        ],
        id="realtime",
        className="page",
    )


def _header(query: RealtimeQuery) -> html.Header:
    labels = RANGE_LABELS.items()
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
                [
                    html.Div(
                        [_choice(RANGE, name, label, chosen=name == query.range_name) for name, label in labels],
                        role="group",
                        className="segments",
                        **aria(label="Time range"),
                    ),
                    custom_range(query.range_name),
                ],
                className="page-tools",
            ),
        ],
        className="page-head",
    )


def trend_tools(query: RealtimeQuery) -> list[Component]:
    compare = html.Button(
        "Previous period",
        id="realtime-compare",
        type="button",
        className="button button-quiet switch",
        **aria(pressed="true" if query.compare else "false"),
    )
    return [compare, metrics_menu(query)]


def metrics_menu(query: RealtimeQuery) -> html.Details:
    return html.Details(
        [
            html.Summary(
                [icon("sliders"), html.Span(metrics_count(query), id="metrics-count")],
                className="button button-quiet",
            ),
            html.Div(
                [
                    html.P("Up to four metrics", className="menu-title"),
                    *[_choice(METRIC, slug, name, chosen=slug in query.metrics) for slug, name in METRICS.items()],
                ],
                className="menu",
            ),
        ],
        className="menu-holder",
        id="metrics-menu",
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
    cards: list[Component] = [kpi_card(series, theme) for series in (*loaded.known, *loaded.defined)]
    return [*cards, kpi_missing(loaded.missing)] if loaded.missing else cards


def kpis_failed() -> list[Component]:
    return [kpi_unknown(name) for name in METRICS.values()]


def as_of(series: MetricSeries) -> list[Component | str]:
    return [
        "Data up to ",
        html.Span(formats.date_time(series.as_of, series.time_zone), id="realtime-asof-time"),
        f" · {series.time_zone} · {'the range ends before' if live.is_past(series) else 'moves as events arrive'}",
    ]


def live_settings(loaded: RealtimeData, query: RealtimeQuery, answer: str) -> str:
    everything = {**loaded.series, **loaded.when_defined}
    known = [slug for slug, one in everything.items() if slug not in loaded.never_received and one.total is not None]
    return live.settings(
        everything, known, query.metrics, page="realtime", asked=query.range, bucket=None, answer=answer
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
