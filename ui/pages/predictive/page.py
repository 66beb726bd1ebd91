from dash import html

from ui.client import ApiClient
from ui.pages.predictive import callbacks, layout
from ui.pages.predictive.query import PATH, parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("predictive", page, "Predictive insights", path=PATH)
    callbacks.register(app, client)


async def page(
    kind: object = None,
    days: object = None,
    customer: object = None,
    after: object = None,
    before: object = None,
    **_: object,
) -> html.Div:
    """Keyword arguments are the query string; whatever else stands there is ignored."""
    return layout.page(parse(kind, days, customer, after, before))
