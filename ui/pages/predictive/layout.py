"""The Predictive Insights page's frame, and what it shows before and without an answer."""

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.client import ApiError
from ui.components.attributes import aria
from ui.components.badge import synthetic_tag
from ui.components.states import failed, skeleton
from ui.pages.predictive import actions
from ui.pages.predictive.data import PredictiveAnswer
from ui.pages.predictive.query import HORIZONS, KIND_LABELS, PredictiveQuery

POLL_MILLISECONDS = 2_000


def page(query: PredictiveQuery) -> html.Div:
    return html.Div(
        [
            dcc.Store(id="predictive-query", data=query.href()),
            dcc.Store(id="predictive-refresh"),
            dcc.Store(id="predictive-changed"),
            dcc.Store(id="predictive-actions-place"),
            dcc.Interval(id="predictive-poll", interval=POLL_MILLISECONDS, disabled=True),
            html.Header(
                [
                    html.Div(
                        [
                            html.Div(
                                html.H1("Predictive insights", tabIndex="-1", id="page-title"), className="title-line"
                            ),
                            html.P(id="predictive-asof", className="page-meta"),
                        ]
                    ),
                    html.Div([_kinds(query), _horizons(query)], className="page-tools"),
                ],
                className="page-head",
            ),
            html.Div(id="predictive-problem", role="status"),
            html.Div(
                html.Div(skeleton("predictions", *["row"] * 14), className="card predictive-loading"),
                id="predictive-body",
                className="predictive-body",
            ),
            actions.place(),
        ],
        id="predictive",
        className="page",
    )


def _kinds(query: PredictiveQuery) -> html.Nav:
    links = [_choice(label, query.for_kind(kind), here=kind == query.kind) for kind, label in KIND_LABELS.items()]
    return html.Nav(links, className="segments", **aria(label="What is foretold"))


def _horizons(query: PredictiveQuery) -> html.Nav:
    links = [
        _choice(f"{days} days", PredictiveQuery(query.kind, days).href(), here=days == query.days)
        for days in HORIZONS[query.kind]
    ]
    return html.Nav(links, className="segments", **aria(label="Horizon"))


def _choice(label: str, href: str, *, here: bool) -> Component:
    return dcc.Link(label, href=href, className="choice choice-here" if here else "choice")


def as_of(answer: PredictiveAnswer) -> list[Component | str]:
    summary, home = answer.summary, answer.tenant
    tag: list[Component | str] = [" ", synthetic_tag()] if home.synthetic else []
    if summary.as_of is None:
        return [f"{home.name} · {home.time_zone}", *tag]
    moment = formats.date_time(summary.as_of, home.time_zone)
    return [f"Scored {moment} · {formats.integer(summary.customers)} customers · {home.time_zone}", *tag]


def could_not_load(error: ApiError) -> html.Div:
    return html.Div(failed("The predictions", error, "predictive"), className="card")
