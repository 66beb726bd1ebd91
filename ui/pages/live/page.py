from dash import html

from ui.addresses import with_notice
from ui.client import ApiClient
from ui.pages.live import callbacks, layout
from ui.pages.live.query import KEYS, parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("live-metrics", page, "Live metrics", path="/live-metrics")
    callbacks.register(app, client)


async def page(**given: object) -> html.Div:
    """Keyword arguments are the query string."""
    return with_notice(layout.page(parse(given)), given, KEYS)
