from dash import html

from ui.client import ApiClient
from ui.pages.journey import callbacks, layout
from ui.pages.journey.query import PATH, parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("journey", page, "Journey mapping", path=PATH)
    callbacks.register(app, client)


async def page(**given: object) -> html.Div:
    """Keyword arguments are the query string; whatever else stands there is ignored."""
    return layout.page(parse(given))
