"""Wires the Live Metrics page: one load for everything, a light one for what no subscription carries."""

from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, no_update

from ui import formats
from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY, failed
from ui.pages.live import layout
from ui.pages.live.data import LiveAnswer, load, load_now
from ui.pages.live.query import LiveQuery, parse
from ui.pages.realtime import newest, trends
from ui.pages.realtime.layout import stale
from ui.platform_dash import PlatformDash
from ui.theme import Theme, theme

OUTPUTS = (
    Output("metrics-kpis", "children"),
    Output("metrics-trends", "children"),
    Output("metrics-asof", "children"),
    Output("metrics-events", "children"),
    Output("metrics-events-subtitle", "children"),
    Output("metrics-live", "data-settings"),
    Output("metrics-loaded", "data"),
    Output("metrics-stale", "children"),
    Output("metrics", "className"),
    Output("metrics", "data-since"),
)


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        *OUTPUTS,
        Input("metrics-query", "data"),
        Input("theme", "data"),
        Input("metrics-refresh", "data"),
        Input("metrics-poll", "n_intervals"),
        State("metrics-loaded", "data"),
    )
    async def fill(
        asked: Mapping[str, Any] | None,
        theme_name: str | None,
        refresh: int | None,
        poll: int | None,
        last_good: dict[str, str] | None,
    ) -> tuple[Any, ...]:
        if theme_name is None:
            return (no_update,) * len(OUTPUTS)
        query = parse(asked)
        try:
            loaded = await load(client, query)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return _failed(error, query, last_good)
        return _filled(loaded, query, theme(theme_name), f"{refresh}-{poll}")

    @app.callback(
        Output("kpi-open-value", "children"),
        Output("kpi-open-note", "children"),
        Output("metrics-events", "children", allow_duplicate=True),
        Output("metrics-events-subtitle", "children", allow_duplicate=True),
        Input("metrics-newest", "data"),
        State("metrics-loaded", "data"),
        prevent_initial_call=True,
    )
    async def refresh_now(_at: Any, last_good: dict[str, str] | None) -> tuple[Any, ...]:
        if last_good is None:
            return (no_update,) * 4
        zone = last_good["zone"]
        try:
            now = await load_now(client)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return no_update, no_update, no_update, f"Could not be refreshed: {error.message}"
        count, note = formats.integer(now.open.count), layout.now_note(now.open, zone)
        return count, note, newest.table(now.newest, zone), newest.subtitle(now.newest)

    app.in_browser(
        "shell",
        "retry",
        Output("metrics-refresh", "data"),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )


def _filled(loaded: LiveAnswer, query: LiveQuery, look: Theme, answer: str) -> tuple[Any, ...]:
    zone, as_of = loaded.conversations.time_zone, loaded.conversations.as_of
    good = {
        "zone": zone,
        "range": query.range_name,
        "asOf": formats.date_time(as_of, zone),
        "clock": formats.clock(as_of, zone),
    }
    return (
        layout.kpis(loaded, look),
        layout.trends_card(loaded, query, look),
        layout.as_of(loaded.conversations),
        newest.table(loaded.newest, zone),
        newest.subtitle(loaded.newest),
        layout.live_settings(loaded, query, answer),
        good,
        None,
        "page",
        None,
    )


def _failed(error: ApiError, query: LiveQuery, last_good: dict[str, str] | None) -> tuple[Any, ...]:
    """Keeps what is there and marks it stale; without anything of this range on the page, says what went wrong."""
    if last_good is not None and last_good["range"] == query.range_name:
        untouched = (no_update,) * (len(OUTPUTS) - 3)
        return (*untouched, stale(error, last_good["asOf"]), "page is-stale", last_good["clock"])
    events = failed("The latest events", error, "newest")
    return layout.kpis_failed(), trends.could_not_load(error), "", events, "", no_update, None, None, "page", None
