from dash import html

from ui.client import ApiClient
from ui.pages.customers import callbacks, layout, view_callbacks
from ui.pages.customers.query import parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("customers", page, "Customers", path="/customers")
    callbacks.register(app, client)
    view_callbacks.register(app, client)


async def page(q: object = None, sort: object = None, **rest: object) -> html.Div:
    """Keyword arguments are the query string; whatever else stands there is ignored."""
    return layout.page(parse(q, sort, **rest))
