from dash import html

from ui.addresses import with_notice
from ui.client import ApiClient
from ui.pages.predictive import actions_callbacks, callbacks, layout
from ui.pages.predictive.query import KEYS, PATH, PredictiveQuery, parse
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("predictive", page, "Predictive insights", path=PATH)
    callbacks.register(app, client)
    actions_callbacks.register(app, client)


async def page(**given: object) -> html.Div:
    """Keyword arguments are the query string."""
    query = parse(**{name: value for name, value in given.items() if name in PredictiveQuery.NAMES})
    return with_notice(layout.page(query), given, KEYS)
