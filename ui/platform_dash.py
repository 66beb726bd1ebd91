"""Our Dash: typed where Dash is not, with a nonce on every script of its document."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import dash
from dash import ClientsideFunction, Dash
from dash.dependencies import DashDependency
from dash.development.base_component import Component

from ui.index import with_nonce

PageLayout = Callable[..., Awaitable[Component]]


class PlatformDash(Dash):
    def interpolate_index(self, *args: Any, **parts: Any) -> str:
        return with_nonce(str(super().interpolate_index(*args, **parts)))  # type: ignore[no-untyped-call]

    def page(
        self, name: str, layout: PageLayout, title: str, *, path: str | None = None, template: str | None = None
    ) -> None:
        """Adds a page at `path`, or at every address that fits `template`; its layout gets the query string too."""
        dash.register_page(  # type: ignore[no-untyped-call]
            name, path=path, path_template=template, title=title, name=title, layout=layout
        )

    def in_browser(self, namespace: str, function: str, *dependencies: DashDependency, initially: bool = True) -> None:
        """Wires a function of `assets/`, which runs without a request."""
        self.clientside_callback(  # type: ignore[no-untyped-call]
            ClientsideFunction(namespace, function), *dependencies, prevent_initial_call=not initially
        )

    async def start(self) -> None:
        """Adds the route for deep links, which Dash does on a start event that a mounted application never gets, and
        sets the pages up, which it does only when "/" is asked for: a deep link that came first got a broken page."""
        self.backend._setup_catchall()  # type: ignore[attr-defined]
        for prepare in self.backend._before_request_funcs:  # type: ignore[attr-defined]
            prepared = prepare()
            if inspect.isawaitable(prepared):
                await prepared
