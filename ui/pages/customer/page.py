from urllib.parse import unquote

from dash import html

from ui.client import ApiClient
from ui.pages.customer import callbacks, layout, privacy_callbacks
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("customer", page, "Customer", template="/customers/<customer_id>")
    callbacks.register(app, client)
    privacy_callbacks.register(app, client)


async def page(customer_id: str = "", **_: object) -> html.Div:
    """The id may come from the path or, forged, from the query string; the API decides who may see it."""
    return layout.page(unquote(customer_id))
