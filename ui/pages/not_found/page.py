from dash import dcc, html

from ui.client import ApiClient
from ui.components.states import state
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, _client: ApiClient) -> None:
    # Dash looks for a page of exactly this name when no path matches.
    app.page("not_found_404", page, "Page not found", path="/404")


async def page(**_: object) -> html.Div:
    back = dcc.Link("Go to real-time analytics", href="/", className="button")
    return html.Div(
        [
            html.H1("Page not found", className="visually-hidden"),
            html.Section(
                state(
                    "signpost-split",
                    "There is no page at this address",
                    "It may have moved, or the link is mistyped.",
                    [back],
                ),
                className="card",
            ),
        ],
        className="page",
    )
