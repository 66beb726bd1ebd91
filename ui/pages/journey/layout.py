"""The Journey page's frame, and what it shows before and without an answer."""

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.client import ApiError
from ui.components.attributes import aria
from ui.components.chart import chart_loading
from ui.components.dates import custom_range
from ui.components.icon import icon
from ui.components.states import failed
from ui.pages.journey import panel
from ui.pages.journey.data import PageAnswer
from ui.pages.journey.query import ALL_AS_TABLES, RANGE_LABELS, JourneyQuery


def page(query: JourneyQuery) -> html.Div:
    return html.Div(
        [
            dcc.Store(id="journey-query", data=query.stored()),
            dcc.Store(id="journey-refresh"),
            html.Header(
                [
                    html.Div(
                        [
                            html.H1("Journey mapping", tabIndex="-1", id="page-title"),
                            html.P(id="journey-asof", className="page-meta"),
                        ]
                    ),
                    html.Div([_ranges(query), custom_range(query.range_name), _view(query)], className="page-tools"),
                ],
                className="page-head",
            ),
            html.Div(loading(), id="journey-body", className="journey-body"),
            panel.frame(query),
        ],
        id="journey",
        className="page",
    )


def loading() -> list[Component]:
    first = [
        chart_loading(name, title, height="own")
        for name, title in (("funnel", "Funnel"), ("bottlenecks", "Bottlenecks"))
    ]
    return [html.Div(first, className="journey-pair"), chart_loading("flow", "Flow between stages", height="own")]


def _ranges(query: JourneyQuery) -> html.Div:
    links = [
        dcc.Link(
            [label, html.Span(", shown now", className="visually-hidden")] if name == query.range_name else label,
            href=query.closed().change(range_name=name).address,
            className="choice choice-here" if name == query.range_name else "choice",
        )
        for name, label in RANGE_LABELS.items()
    ]
    return html.Div(links, role="group", className="segments", **aria(label="Time range"))


def _view(query: JourneyQuery) -> dcc.Link:
    label = "Show as charts" if query.tables else "Show as tables"
    return dcc.Link(
        [icon("bar-chart" if query.tables else "table"), label],
        href=query.change(tables=None if query.tables else ALL_AS_TABLES).address,
        className="button",
    )


def meta(found: PageAnswer) -> str:
    journey = found.journey
    span = formats.span(journey.range_start, journey.range_end, journey.time_zone)
    upto = formats.date_time(journey.as_of, journey.time_zone)
    rebuilt = " · past events are being walked again, figures are partial" if journey.rebuilding else ""
    return f"Data up to {upto} · {journey.time_zone} · entries of {span}{rebuilt}"


def could_not_load(error: ApiError) -> list[Component]:
    return [html.Div(failed("The journey", error, "journey"), className="card")]
