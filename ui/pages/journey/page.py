from dash import html

from ui.addresses import with_notice
from ui.client import ApiClient
from ui.pages.journey import callbacks, layout
from ui.pages.journey.query import KEYS, PATH, parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("journey", page, "Journey mapping", path=PATH)
    callbacks.register(app, client)


async def page(**given: object) -> html.Div:
    """Keyword arguments are the query string."""
    return with_notice(layout.page(parse(given)), given, KEYS)
