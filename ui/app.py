"""Composition root of the user interface: one ASGI application to be mounted at "/" beside an API."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dash
import httpx
from dash.backends._fastapi import FastAPIDashServer
from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.types import ASGIApp

from ui import drill, login, shell, shell_callbacks
from ui.client import ApiClient
from ui.compression import StaticCompressionMiddleware
from ui.csp import SecurityHeadersMiddleware
from ui.explorer.page import add_explorer
from ui.index import INDEX
from ui.pages.customer import page as customer
from ui.pages.customers import page as customers
from ui.pages.health import page as health
from ui.pages.imports import page as imports
from ui.pages.journey import page as journey
from ui.pages.live import page as live
from ui.pages.not_found import page as not_found
from ui.pages.predictive import page as predictive
from ui.pages.realtime import page as realtime
from ui.pages.segmentation import page as segmentation
from ui.pages.settings import page as settings
from ui.platform_dash import PlatformDash
from ui.session import SessionMiddleware

ASSETS = Path(__file__).parent / "assets"
PAGES = (
    realtime,
    live,
    segmentation,
    journey,
    predictive,
    customers,
    customer,
    imports,
    health,
    settings,
    not_found,
)


@dataclass(frozen=True, slots=True)
class UiApp:
    asgi: ASGIApp
    startup: Callable[[], Coroutine[Any, Any, None]]
    """To be called once before serving: a mounted application gets no lifespan events, and deep links need it."""
    client: ApiClient


def create_ui(
    transport: httpx.AsyncBaseTransport, base_url: str, demo_hint: Sequence[tuple[str, str, str]] = ()
) -> UiApp:
    """Builds the interface over the API behind `transport`. Dash keeps process globals, so one per process."""
    client = ApiClient(transport, base_url)
    host = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_plain_pages(host, demo_hint)
    add_explorer(host)
    dash_app = _create_dash(host)
    shell_callbacks.register(dash_app, client)
    drill.register(dash_app, client)
    for page in PAGES:
        page.register(dash_app, client)
    # Outside the host, whose own middleware would otherwise read an anonymous request's body first.
    asgi = SecurityHeadersMiddleware(SessionMiddleware(StaticCompressionMiddleware(host)))
    return UiApp(asgi=asgi, startup=dash_app.start, client=client)


def _create_dash(host: FastAPI) -> PlatformDash:
    # Without this every open page keeps a second, idle socket.
    FastAPIDashServer.websocket_capability = False
    dash.page_registry.clear()
    app = PlatformDash(
        "ui",
        server=host,  # type: ignore[arg-type]
        title="Customer Intelligence",
        use_pages=True,
        pages_folder="",
        assets_folder=str(ASSETS),
        suppress_callback_exceptions=True,
        serve_locally=True,
        include_pages_meta=False,
        update_title=None,  # type: ignore[arg-type]
        use_async=True,
        index_string=INDEX,
        on_error=shell_callbacks.on_error,
    )
    app.layout = shell.shell
    return app


def _add_plain_pages(host: FastAPI, demo_hint: Sequence[tuple[str, str, str]]) -> None:
    @host.get("/login")
    async def log_in(request: Request) -> Response:
        return login.login_page(request, demo_hint)

    @host.get("/setup")
    async def set_up(request: Request) -> Response:
        return login.setup_page(request)
