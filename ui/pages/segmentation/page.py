from dash import html

from ui.addresses import with_notice
from ui.client import ApiClient
from ui.pages.segmentation import callbacks, changes, layout
from ui.pages.segmentation.query import KEYS, parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("segmentation", page, "Customer segmentation", path="/segments")
    callbacks.register(app, client)
    changes.register(app, client)


async def page(**given: object) -> html.Div:
    """Keyword arguments are the query string."""
    query = parse(given.get("method"), given.get("days"), given.get("segment"))
    return with_notice(layout.page(query), given, KEYS)
