from dash import html

from ui.addresses import with_notice
from ui.client import ApiClient
from ui.pages.realtime import callbacks, layout
from ui.pages.realtime.query import KEYS, parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("realtime", page, "Real-time analytics", path="/")
    callbacks.register(app, client)


async def page(**given: object) -> html.Div:
    """Keyword arguments are the query string."""
    query = parse(given.get("range"), given.get("metrics"), given.get("cmp"))
    return with_notice(layout.page(query), given, KEYS)
