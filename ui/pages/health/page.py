from dash import html

from ui.addresses import with_notice
from ui.client import ApiClient
from ui.pages.health import callbacks, layout
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    app.page("health", page, "System health", path="/system-health")
    callbacks.register(app, client)


async def page(**given: object) -> html.Div:
    """Keyword arguments are the query string, of which this page takes none."""
    return with_notice(layout.page(), given, {})
