from dash import html

from ui.client import ApiClient
from ui.pages.imports import callbacks, layout
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("imports", page, "Imports", path="/imports")
    callbacks.register(app, client)


async def page(id: object = None, **_: object) -> html.Div:  # noqa: A002
    """`id` is the import that is looked at; the API decides who may see it."""
    return layout.page(id if isinstance(id, str) else None)
