"""The frame that every chart stands in.

A page shows `chart_loading` first and puts a `chart_card` or a `chart_state` of the same name in its place. Table twin,
CSV, PNG and drill-down are the browser's work (`assets/35-charts.js`); they need no callback of the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria, data
from ui.components.card import Child
from ui.components.icon import icon
from ui.components.states import retry_button, skeleton
from ui.components.twin import Twin

GRAPH_CONFIG: Final[Any] = {"displayModeBar": False, "responsive": True}
Height = Literal["small", "medium", "large", "own"]


@dataclass(frozen=True, slots=True)
class Chart:
    """What every chart says of itself.

    `name` is unique on its page, and part of file names. `sentence` says what the chart shows, computed from the same
    rows. `as_of` is the moment the data goes up to. `stale_since` is the time of the last good answer once a later one
    has failed. `csv_path` is the server's export, for a chart that shows a part of its rows. `no_drill` is why nobody
    stands behind its points: a chart has rows that drill down, or says it.
    """

    name: str
    title: str
    unit: str
    sentence: Child
    as_of: datetime
    time_zone: str
    twin: Twin
    note: Child = None
    stale_since: str | None = None
    csv_path: str | None = None
    no_drill: str | None = None

    @property
    def drills(self) -> bool:
        return any(row.drill is not None for row in self.twin.rows)


def chart_card(
    chart: Chart,
    body: Child,
    *,
    height: Height = "medium",
    picture: bool = True,
    tools: Sequence[Component] = (),
    class_name: str = "",
) -> html.Section:
    """`body` is a `graph`, or several; `picture` offers it as PNG, which only graphs can be."""
    stale = chart.stale_since is not None
    badge = html.Span([icon("clock"), "Stale"], className="badge badge-warn") if stale else None
    return _frame(
        chart.name,
        chart.title,
        subtitle=[html.Span(chart.sentence, className="chart-sentence"), html.Span(chart.unit, className="chart-unit")],
        tools=[badge, *tools, *_tools(chart, picture=picture)],
        body=[
            html.Div(body, className=f"chart-body chart-{height}"),
            html.Div(
                className=f"chart-twin chart-{height}",
                tabIndex="0",
                role="region",
                **aria(label=f"{chart.title} as a table"),
                **data(twin=chart.twin.to_json()),
            ),
        ],
        footer=_stale_foot(chart) if stale else _foot(chart),
        class_name=" ".join([class_name, *(["is-stale"] if stale else []), *(["has-drill"] if chart.drills else [])]),
    )


def chart_loading(
    name: str,
    title: str,
    unit: str = "",
    *,
    height: Height = "medium",
    tools: Sequence[Component] = (),
    class_name: str = "",
) -> html.Section:
    """The title is known, so it is text from the first frame."""
    blocks = skeleton(title, f"chart-{height}")
    return _frame(name, title, subtitle=unit, tools=tools, body=[blocks], footer=None, class_name=class_name)


def chart_state(
    name: str,
    title: str,
    content: Component,
    *,
    unit: str = "",
    height: Height = "medium",
    tools: Sequence[Component] = (),
    class_name: str = "",
) -> html.Section:
    """A card without a chart: `content` is one of ui.components.states (`failed`, `empty`, `not_enough` …)."""
    body = html.Div(content, className=f"chart-body chart-{height}")
    return _frame(name, title, subtitle=unit, tools=tools, body=[body], footer=None, class_name=class_name)


def graph(identity: str, figure: dict[str, Any], label: str) -> html.Div:
    """A Plotly figure as one image with its text. A point's `customdata` is what a click on it drills down to."""
    return html.Div(
        dcc.Graph(id=identity, figure=figure, config=GRAPH_CONFIG),
        className="chart-graph",
        role="figure",
        **aria(label=label),
    )


def drill_button(text: str, drill: str, label: str) -> html.Button:
    """For a cell or node that is no Plotly point."""
    return html.Button(text, type="button", className="drill", **aria(label=label), **data(drill=drill))


def _frame(
    name: str,
    title: str,
    *,
    subtitle: Child | list[Component],
    tools: Sequence[Component | None],
    body: list[Component],
    footer: Child,
    class_name: str,
) -> html.Section:
    head = html.Div(
        [
            html.H2(title, className="card-title"),
            html.Div([tool for tool in tools if tool is not None], className="card-tools tools"),
            html.Div(subtitle, className="card-subtitle"),
        ],
        className="card-head",
    )
    return html.Section(
        [head, html.Div(body, className="card-body"), html.Div(footer, className="card-foot") if footer else None],
        className=" ".join(f"card chart {class_name}".split()),
        **aria(label=title),
        **data(chart=name),
    )


def _tools(chart: Chart, *, picture: bool) -> list[Component]:
    return [
        html.Button(
            icon("table"),
            type="button",
            className="button button-icon",
            title="Show as a table",
            **aria(label=f"{chart.title}: show as a table", pressed="false"),
            **data(chart_twin=chart.name),
        ),
        html.Details(
            [
                html.Summary(
                    icon("download"),
                    className="button button-icon",
                    title="Export",
                    **aria(label=f"{chart.title}: export"),
                ),
                html.Div(_exports(chart, picture=picture), className="menu"),
            ],
            className="menu-holder may-export",
        ),
    ]


def _exports(chart: Chart, *, picture: bool) -> list[Component]:
    count = len(chart.twin.rows)
    rows = f"{formats.integer(count)} {'row' if count == 1 else 'rows'}"
    table = (
        html.Button(f"CSV, {rows}", type="button", className="menu-link", **data(chart_csv=chart.name))
        if chart.csv_path is None
        else html.A("CSV, all rows", href=chart.csv_path, className="menu-link", download="")
    )
    image = html.Button("PNG picture", type="button", className="menu-link", **data(chart_png=chart.name))
    return [html.P("What this chart shows", className="menu-title"), table, *([image] if picture else [])]


def _foot(chart: Chart) -> html.Div:
    at = formats.date_time(chart.as_of, chart.time_zone)
    return html.Div(
        [
            html.Span(
                [html.Span(chart.note), html.Span(_behind(chart), className="chart-behind")], className="foot-text"
            ),
            html.Span(
                [
                    "As of ",
                    html.Span(at, id=f"chart-{chart.name}-asof", className="chart-asof"),
                    f" · {chart.time_zone}",
                ],
                className="foot-side",
            ),
        ],
        className="foot-line",
    )


def _behind(chart: Chart) -> str:
    if chart.drills:
        return " Select a point or a table row to see its customers."
    return f" {chart.no_drill}" if chart.no_drill else ""


def _stale_foot(chart: Chart) -> html.Div:
    good = html.Span(["Last good answer ", html.B(chart.stale_since), f" · {chart.time_zone}"], className="foot-text")
    return html.Div([good, retry_button("Refresh", f"chart-{chart.name}")], className="foot-line")
