from dash import html

from ui.client import ApiClient
from ui.pages.settings import callbacks, layout
from ui.pages.settings.query import parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("settings", page, "Settings", path="/settings")
    callbacks.register(app, client)


async def page(**asked: object) -> html.Div:
    """Keyword arguments are the query string; what is no filter of this page is ignored."""
    return layout.page(parse(asked), asked)
