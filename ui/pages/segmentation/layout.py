"""The Customer Segmentation page's frame: what stands there before any answer."""

from collections.abc import Sequence
from dataclasses import asdict

from dash import dcc, html
from dash.development.base_component import Component

from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import skeleton
from ui.pages.segmentation.query import HORIZONS, METHODS, SegmentationQuery

METHOD, DAYS, PICK, WHY, DELETE = (
    "segmentation-method",
    "segmentation-days",
    "segmentation-pick",
    "segmentation-why",
    "segmentation-delete",
)
FEATURES = (
    ("RECENCY", "Days since the last order"),
    ("FREQUENCY", "Orders"),
    ("MONETARY", "Money spent"),
    ("AVERAGE_VALUE", "Mean order"),
    ("TENURE", "Days since the first order"),
    ("REFUND_SHARE", "Share refunded"),
    ("EVENTS_30D", "Events in 30 days"),
    ("SESSIONS_30D", "Sessions in 30 days"),
    ("CONVERSATIONS_90D", "Conversations in 90 days"),
)


def page(query: SegmentationQuery) -> html.Div:
    return html.Div(
        [
            dcc.Store(id="segmentation-query", data=asdict(query)),
            dcc.Store(id="segmentation-refresh"),
            dcc.Store(id="segmentation-job"),
            dcc.Store(id="segmentation-sink"),
            dcc.Store(id="segmentation-place"),
            dcc.Store(id="segmentation-cursors"),
            dcc.Interval(id="segmentation-tick", interval=1_000, disabled=True),
            _header(query),
            html.Div(id="segmentation-progress"),
            html.Div(skeleton("segments", "trends"), id="segmentation-body", className="segmentation-body"),
            card(
                "Members",
                html.Div(skeleton("members", *["row"] * 6), id="segmentation-members", className="scroll-x"),
                subtitle=html.Span(id="segmentation-members-title"),
                footer=html.Div(pager(back=False, on=False), id="segmentation-pager"),
            ),
            html.Div(id="segmentation-explanation", **aria(live="polite")),
            card(
                "Recommended for this segment",
                html.Div(skeleton("recommendations", *["row"] * 3), id="segmentation-recommended"),
                subtitle=html.Span(id="segmentation-recommended-title"),
                tools=csv_button("recommended"),
                footer="Expected value: probability times value, less cost. What an action adds is another question. "
                "A customer's page has the reasons.",
            ),
        ],
        id="segmentation",
        className="page",
    )


def _header(query: SegmentationQuery) -> html.Header:
    return html.Header(
        [
            html.Div(
                [
                    html.H1("Customer segmentation", tabIndex="-1", id="page-title"),
                    html.P(id="segmentation-meta", className="page-meta"),
                ]
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.Button(
                                label,
                                id={"type": METHOD, "name": name},
                                type="button",
                                className="choice",
                                **aria(pressed=str(name == query.method).lower()),
                            )
                            for name, label in METHODS.items()
                        ],
                        role="group",
                        className="segments",
                        **aria(label="Method"),
                    ),
                    html.Div(tools(query), id="segmentation-tools"),
                ],
                className="page-tools",
            ),
        ],
        className="page-head",
    )


def tools(query: SegmentationQuery) -> html.Details | html.Div:
    """Asking for a new version; hidden from those who would be refused."""
    hidden = query.method != "kmeans"
    options = [{"label": "Automatic", "value": 0}, *({"label": str(k), "value": k} for k in range(2, 13))]
    menu = html.Div(
        [
            html.Div(
                [
                    html.Label("Clusters", htmlFor="segmentation-k"),
                    dcc.Dropdown(id="segmentation-k", options=options, value=0, clearable=False, searchable=False),
                ],
                className="field",
                hidden=hidden,
            ),
            html.Div(
                [
                    html.P("Features", className="menu-title", id="segmentation-features-label"),
                    dcc.Checklist(
                        id="segmentation-features",
                        options=[{"label": label, "value": value} for value, label in FEATURES],
                        value=["RECENCY", "FREQUENCY", "MONETARY"],
                        className="segmentation-features",
                    ),
                ],
                hidden=hidden,
            ),
            html.P("Fits the thresholds anew, on everything known now.", className="menu-title", hidden=not hidden),
            html.Button("Run now", id="segmentation-run", type="button", className="button button-primary button-wide"),
            html.P(id="segmentation-problem", className="segmentation-problem", role="alert"),
        ],
        className="menu segmentation-menu",
    )
    return html.Details(
        [html.Summary([icon("arrow-repeat"), "Run again"], className="button"), menu],
        className="menu-holder may-segment",
        hidden=query.method == "rules",
    )


def horizons(days: int) -> html.Div:
    return html.Div(
        [
            html.Button(
                f"{each} days",
                id={"type": DAYS, "days": each},
                type="button",
                className="choice",
                **aria(pressed=str(each == days).lower()),
            )
            for each in HORIZONS
        ],
        role="group",
        className="segments",
        **aria(label="Horizon"),
    )


def pager(*, back: bool, on: bool) -> html.Div:
    """Stands there from the first frame, disabled."""
    return html.Div(
        [
            _step("segmentation-previous", "chevron-left", "Previous page", enabled=back),
            _step("segmentation-next", "chevron-right", "Next page", enabled=on),
        ],
        className="pager",
    )


def _step(name: str, symbol: str, label: str, *, enabled: bool) -> html.Button:
    return html.Button(
        icon(symbol),
        id=name,
        type="button",
        className="button button-icon",
        disabled=not enabled,
        title=label,
        **aria(label=label),
    )


def csv_button(name: str) -> html.Button:
    """Saves the table of its card; `assets/45-segmentation.js` writes the file."""
    return html.Button(
        [icon("download"), "CSV"], type="button", className="button button-quiet csv-button", title=f"{name}.csv"
    )


def table(head: Sequence[tuple[str, str]], rows: Sequence[Component], class_name: str = "table") -> html.Div:
    cells = [html.Th(text, scope="col", className=name) for text, name in head]
    found = html.Table([html.Thead(html.Tr(cells)), html.Tbody(list(rows))], className=class_name)
    return html.Div(found, className="scroll-x", tabIndex="0", role="region", **aria(label="Table"))
