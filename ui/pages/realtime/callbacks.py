"""Wires the Real-time page: one load for everything, a light one for the newest events, the rest in the browser."""

from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, no_update

from ui import formats
from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY, failed
from ui.pages.realtime import layout, newest, recent, trends
from ui.pages.realtime.data import RealtimeData, load, load_newest
from ui.pages.realtime.query import RealtimeQuery, parse
from ui.platform_dash import PlatformDash
from ui.theme import Theme, theme

OUTPUTS = (
    Output("kpis", "children"),
    Output("trends-place", "children"),
    Output("realtime-asof", "children"),
    Output("newest-body", "children"),
    Output("newest-subtitle", "children"),
    Output("recent-body", "children"),
    Output("realtime-live", "data-settings"),
    Output("realtime-loaded", "data"),
    Output("realtime-stale", "children"),
    Output("realtime", "className"),
    Output("realtime", "data-since"),
)


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        *OUTPUTS,
        Input("realtime-query", "data"),
        Input("theme", "data"),
        Input("realtime-refresh", "data"),
        Input("realtime-poll", "n_intervals"),
        State("realtime-loaded", "data"),
    )
    async def fill(
        stored: Mapping[str, Any],
        theme_name: str | None,
        refresh: int | None,
        poll: int | None,
        last_good: dict[str, str] | None,
    ) -> tuple[Any, ...]:
        if theme_name is None:
            return (no_update,) * len(OUTPUTS)
        query = parse(stored.get("range_name"), stored.get("metrics"), stored.get("compare"))
        try:
            loaded = await load(client, query)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return _failed(error, query, last_good)
        return _filled(loaded, query, theme(theme_name), f"{refresh}-{poll}")

    @app.callback(
        Output("newest-body", "children", allow_duplicate=True),
        Output("newest-subtitle", "children", allow_duplicate=True),
        Output("recent-body", "children", allow_duplicate=True),
        Input("realtime-newest", "data"),
        State("realtime-loaded", "data"),
        prevent_initial_call=True,
    )
    async def refresh_newest(_at: Any, last_good: dict[str, str] | None) -> tuple[Any, Any, Any]:
        if last_good is None:
            return no_update, no_update, no_update
        try:
            found = await load_newest(client)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return no_update, f"Could not be refreshed: {error.message}", no_update
        zone = last_good["zone"]
        events = found.newest
        return newest.table(events, zone), newest.subtitle(events), recent.table(found.recent.nodes, zone)

    _register_in_browser(app)


def _register_in_browser(app: PlatformDash) -> None:
    app.in_browser(
        "shell",
        "retry",
        Output("realtime-refresh", "data"),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )
    app.in_browser(
        "realtime",
        "choose",
        Output("realtime-query", "data"),
        Input({"type": layout.RANGE, "name": ALL}, "n_clicks"),
        Input({"type": layout.METRIC, "name": ALL}, "n_clicks"),
        Input("realtime-compare", "n_clicks"),
        State("realtime-query", "data"),
        initially=False,
    )
    app.in_browser(
        "realtime",
        "chosen",
        Output({"type": layout.RANGE, "name": ALL}, "aria-pressed"),
        Input("realtime-query", "data"),
        initially=False,
    )
    app.in_browser(
        "realtime",
        "counted",
        Output({"type": layout.METRIC, "name": ALL}, "aria-pressed"),
        Output("realtime-compare", "aria-pressed"),
        Output("metrics-count", "children"),
        Input("realtime-query", "data"),
        initially=False,
    )


def _filled(loaded: RealtimeData, query: RealtimeQuery, look: Theme, answer: str) -> tuple[Any, ...]:
    chosen = [loaded.series[slug] for slug in query.metrics]
    shown = [series for series in chosen if series.metric.slug not in loaded.never_received]
    missing = [series for series in chosen if series.metric.slug in loaded.never_received]
    any_series = next(iter(loaded.series.values()))
    good = {
        "zone": any_series.time_zone,
        "range": query.range_name,
        "asOf": formats.date_time(any_series.as_of, any_series.time_zone),
        "clock": formats.clock(any_series.as_of, any_series.time_zone),
    }
    return (
        layout.kpis(loaded, look),
        trends.trends(shown, missing, look, layout.trend_tools(query), compare=query.compare),
        layout.as_of(any_series),
        newest.table(loaded.newest, any_series.time_zone),
        newest.subtitle(loaded.newest),
        recent.table(loaded.recent, any_series.time_zone),
        layout.live_settings(loaded, query, answer),
        good,
        None,
        "page",
        None,
    )


def _failed(error: ApiError, query: RealtimeQuery, last_good: dict[str, str] | None) -> tuple[Any, ...]:
    """Keeps what is there and marks it stale; without anything of this range on the page, says what went wrong."""
    untouched = (no_update,) * (len(OUTPUTS) - 3)
    if last_good is not None and last_good["range"] == query.range_name:
        return (*untouched, layout.stale(error, last_good["asOf"]), "page is-stale", last_good["clock"])
    return (
        layout.kpis_failed(),
        trends.could_not_load(error, layout.trend_tools(query)),
        "",
        failed("The newest events", error, "newest"),
        "",
        failed("The recent customers", error, "recent"),
        no_update,
        None,
        None,
        "page",
        None,
    )
