from dash import html

from ui.client import ApiClient
from ui.pages.realtime import callbacks, layout
from ui.pages.realtime.query import parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("realtime", page, "Real-time analytics", path="/")
    callbacks.register(app, client)


async def page(range: object = None, metrics: object = None, cmp: object = None, **_: object) -> html.Div:  # noqa: A002
    """Keyword arguments are the query string; whatever else stands there is ignored."""
    return layout.page(parse(range, metrics, cmp))
