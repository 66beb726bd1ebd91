"""The System Health page's frame, and what it shows before and without an answer."""

from dash import dcc, html

from ui.client import ApiError
from ui.components.attributes import data
from ui.components.badge import live_badge
from ui.components.icon import icon
from ui.components.states import failed, skeleton
from ui.pages.health.data import subscription

POLL_MILLISECONDS = 30_000


def page() -> html.Div:
    return html.Div(
        [
            html.Div(id="health-live", hidden=True, **data(subscription=subscription())),
            dcc.Store(id="health-frame"),
            dcc.Store(id="health-refresh"),
            dcc.Store(id="health-good"),
            dcc.Interval(id="health-poll", interval=POLL_MILLISECONDS, disabled=True),
            html.Header(
                html.Div(
                    [
                        html.Div(
                            [html.H1("System health", tabIndex="-1", id="page-title"), live_badge()],
                            className="title-line",
                        ),
                        html.P(id="health-asof", className="page-meta"),
                    ]
                ),
                className="page-head",
            ),
            html.Div(id="health-stale"),
            html.Div(
                html.Div(skeleton("system health", *["row"] * 10), className="card health-loading"),
                id="health-body",
                className="health-body",
            ),
        ],
        id="health",
        className="page",
    )


def could_not_load(error: ApiError) -> html.Div:
    return html.Div(failed("System health", error, "health"), className="card")


def stale(error: ApiError, good: str) -> html.Div:
    return html.Div(
        [icon("clock"), html.Span([f"Last good answer {good}. ", error.message, " Code ", html.Code(error.code)])],
        className="notice notice-warn",
        role="alert",
    )
