from dash import html

from ui.client import ApiClient
from ui.pages.segmentation import callbacks, changes, layout
from ui.pages.segmentation.query import parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("segmentation", page, "Customer segmentation", path="/segments")
    callbacks.register(app, client)
    changes.register(app, client)


async def page(method: object = None, days: object = None, segment: object = None, **_: object) -> html.Div:
    """Keyword arguments are the query string; whatever else stands there is ignored."""
    return layout.page(parse(method, days, segment))
