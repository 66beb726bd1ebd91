"""Wires the System Health page: what the subscription brought, or else one query, becomes the whole page."""

from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY
from ui.pages.health import cards, layout, words
from ui.pages.health.data import SystemHealth, load, received
from ui.platform_dash import PlatformDash
from ui.theme import Theme, theme

OUTPUTS = (
    Output("health-body", "children"),
    Output("health-asof", "children"),
    Output("health-stale", "children"),
    Output("health-good", "data"),
    Output("health", "className"),
)


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        *OUTPUTS,
        Input("theme", "data"),
        Input("health-frame", "data"),
        Input("health-refresh", "data"),
        Input("health-poll", "n_intervals"),
        State("health-good", "data"),
    )
    async def fill(
        theme_name: str | None, frame: Mapping[str, Any] | None, _refresh: Any, _poll: int | None, good: str | None
    ) -> tuple[Any, ...]:
        if theme_name is None:
            return (no_update,) * len(OUTPUTS)
        asked_again = ctx.triggered_id in ("health-refresh", "health-poll")
        try:
            health = received(frame) if frame is not None and not asked_again else await load(client)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return _failed(error, good)
        return _filled(health, theme(theme_name))

    app.in_browser(
        "shell",
        "retry",
        Output("health-refresh", "data"),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )


def _filled(health: SystemHealth, look: Theme) -> tuple[Any, ...]:
    measured_at = f"{health.as_of:%d %b %Y}, {words.clock(health.as_of)} UTC".lstrip("0")
    meta = f"Measured {measured_at} · as the answering process sees it · every 5 s"
    return cards.body(health, look), meta, None, measured_at, "page"


def _failed(error: ApiError, good: str | None) -> tuple[Any, ...]:
    """Keeps what is there and marks it stale; without anything on the page, says what went wrong."""
    if good is not None:
        return no_update, no_update, layout.stale(error, good), no_update, "page is-stale"
    return layout.could_not_load(error), "", None, None, "page"
