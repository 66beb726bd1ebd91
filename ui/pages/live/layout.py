"""The Live Metrics page's component trees: pure functions of the query and of the data."""

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats, live
from ui.components.attributes import aria, data
from ui.components.badge import live_badge
from ui.components.card import card
from ui.components.choices import address_store, segments
from ui.components.dates import custom_range
from ui.components.kpi import kpi_absent, kpi_card, kpi_loading, kpi_missing, kpi_plain, kpi_unknown
from ui.components.states import skeleton
from ui.pages.live.data import LiveAnswer, OpenConversations
from ui.pages.live.query import DEFAULT_RANGE, RANGES, LiveQuery
from ui.pages.realtime import trends
from ui.records import MetricSeries
from ui.theme import Theme

OPEN = "Conversations now"
NAMES = (OPEN, "Conversations", "Response time", "Satisfaction", "Conversions")


def page(query: LiveQuery) -> html.Div:
    asked = {"range": query.range_name, **({} if query.compare else {"cmp": "none"})}
    return html.Div(
        [
            html.Div(id="metrics-live", hidden=True, **data(page="metrics")),
            *address_store("metrics-query", asked),
            dcc.Store(id="metrics-refresh"),
            dcc.Store(id="metrics-loaded"),
            dcc.Store(id="metrics-newest"),
            dcc.Interval(id="metrics-poll", interval=30_000, disabled=True),
            _header(query),
            html.Div(id="metrics-stale"),
            html.Div([kpi_loading(name) for name in NAMES], id="metrics-kpis", className="kpis"),
            html.Div(trends.loading([compare_switch(query.compare)]), id="metrics-trends"),
            card(
                "Latest events",
                html.Div(skeleton("events", *["row"] * 5), id="metrics-events", className="newest-body"),
                subtitle=html.Span(id="metrics-events-subtitle"),
                class_name="newest",
            ),
        ],
        id="metrics",
        className="page",
    )


def _header(query: LiveQuery) -> html.Header:
    labels = {name: label for name, (label, _, _) in RANGES.items()}
    return html.Header(
        [
            html.Div(
                [
                    html.Div(
                        [html.H1("Live metrics", tabIndex="-1", id="page-title"), live_badge()], className="title-line"
                    ),
                    html.P(html.Span(id="metrics-asof"), className="page-meta"),
                ]
            ),
            html.Div(
                [
                    segments("Time range", "range", labels, query.range_name, DEFAULT_RANGE),
                    custom_range(query.range_name),
                ],
                className="page-tools",
            ),
        ],
        className="page-head",
    )


def compare_switch(compare: bool) -> html.Button:
    """Turns the comparison off and, with no value, back on."""
    return html.Button(
        "Previous period",
        type="button",
        className="button button-quiet switch",
        **aria(pressed="true" if compare else "false"),
        **data(query_toggle="cmp", query_off="none"),
    )


def kpis(answer: LiveAnswer, theme: Theme) -> list[Component]:
    if not answer.has_conversations:
        missing = kpi_missing([answer.conversations, answer.response_time, answer.satisfaction_score])
        # What the newest answer writes to must be there, also where it says nothing.
        unseen = html.Div([html.Span(id="kpi-open-value"), html.Span(id="kpi-open-note")], hidden=True)
        return [_card(answer.conversions, theme), missing, unseen]
    four = (answer.conversations, answer.response_time, answer.satisfaction_score, answer.conversions)
    return [now_card(answer.open, answer.conversations.time_zone), *[_card(one, theme) for one in four]]


def _card(series: MetricSeries, theme: Theme) -> Component:
    return kpi_absent(series) if series.total is None else kpi_card(series, theme)


def now_card(found: OpenConversations, zone: str) -> html.Section:
    return kpi_plain("open", OPEN, formats.integer(found.count), now_note(found, zone))


def now_note(found: OpenConversations, zone: str) -> str:
    if found.oldest_opened_at is None:
        return "None is open."
    return f"Open; the oldest since {formats.date_time(found.oldest_opened_at, zone)}"


def kpis_failed() -> list[Component]:
    return [kpi_unknown(name) for name in NAMES]


def trends_card(answer: LiveAnswer, query: LiveQuery, theme: Theme) -> html.Section:
    series = list(answer.series.values())
    shown = series if answer.has_conversations else [answer.conversions]
    silent = [] if answer.has_conversations else [answer.conversations]
    return trends.trends(shown, silent, theme, [compare_switch(query.compare)], compare=query.compare)


def live_settings(loaded: LiveAnswer, query: LiveQuery, answer: str) -> str:
    shown = loaded.series if loaded.has_conversations else {"conversions": loaded.conversions}
    known = [slug for slug, one in shown.items() if one.total is not None]
    return live.settings(
        loaded.series, known, known, page="metrics", asked=query.range, bucket=query.bucket, answer=answer
    )


def as_of(series: MetricSeries) -> list[Component | str]:
    return [
        "Data up to ",
        html.Span(formats.date_time(series.as_of, series.time_zone), id="metrics-asof-time"),
        f" · {series.time_zone} · {'the range ends before' if live.is_past(series) else 'moves as events arrive'}",
    ]
