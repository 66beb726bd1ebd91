"""Wires the Journey page: its address says all, so one load fills it, and another the panel when it is open."""

from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY
from ui.pages.journey import cards, layout, panel
from ui.pages.journey.data import load, load_customer, load_visits
from ui.pages.journey.query import from_store
from ui.platform_dash import PlatformDash
from ui.theme import theme


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("journey-body", "children"),
        Output("journey-asof", "children"),
        Input("theme", "data"),
        Input("journey-refresh", "data"),
        State("journey-query", "data"),
    )
    async def fill(theme_name: str | None, _refresh: Any, stored: Mapping[str, Any]) -> tuple[Any, Any]:
        if theme_name is None:
            return no_update, no_update
        query = from_store(stored)
        try:
            found = await load(client, query)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return layout.could_not_load(error), ""
        return cards.body(found, query, theme(theme_name)), layout.meta(found)

    @app.callback(
        Output("journey-panel", "children"),
        Input("journey-panel", "id"),
        Input("journey-refresh", "data"),
        State("journey-query", "data"),
    )
    async def open_panel(_panel: str, _refresh: Any, stored: Mapping[str, Any]) -> Any:
        query = from_store(stored)
        try:
            found = await load(client, query)
            names, zone = found.names, found.journey.time_zone
            if query.customer is not None:
                return panel.customer(await load_customer(client, query.customer), query, names, zone)
            return panel.visits(await load_visits(client, query), query, names, zone)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return panel.could_not_load(error, query)

    app.in_browser(
        "shell",
        "retry",
        Output("journey-refresh", "data"),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )
