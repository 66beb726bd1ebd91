"""Wires the Predictive Insights page: the address loads everything by one operation; buttons ask for models."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dash import ALL, Input, Output, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY
from ui.pages.predictive import cards, layout, versions
from ui.pages.predictive.data import change, load, load_card
from ui.pages.predictive.query import PredictiveQuery, parse
from ui.platform_dash import PlatformDash
from ui.shell import notice
from ui.theme import theme

FORBIDDEN = "FORBIDDEN"
OUTPUTS = (
    Output("predictive-body", "children"),
    Output("predictive-asof", "children"),
    Output("predictive-poll", "disabled"),
)


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        *OUTPUTS,
        Input("predictive-query", "data"),
        Input("theme", "data"),
        Input("predictive-refresh", "data"),
        Input("predictive-changed", "data"),
        Input("predictive-poll", "n_intervals"),
    )
    async def fill(
        address: str, theme_name: str | None, _refresh: Any, _changed: Any, _poll: int | None
    ) -> tuple[Any, ...]:
        if theme_name is None:
            return (no_update,) * len(OUTPUTS)
        query = from_address(address)
        try:
            answer = await load(client, query)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return layout.could_not_load(error), "", True
        under_way = any(one.under_way for one in answer.trainings.nodes)
        waits = answer.summary.model is not None and not answer.predictions.nodes
        return cards.body(query, answer, theme(theme_name)), layout.as_of(answer), not (under_way or waits)

    @app.callback(
        Output("predictive-changed", "data"),
        Output("predictive-problem", "children"),
        Input("model-train", "n_clicks"),
        Input({"type": versions.PROMOTE, "id": ALL}, "n_clicks"),
        Input({"type": versions.REPRODUCE, "id": ALL}, "n_clicks"),
        State("model-whole", "value"),
        State("predictive-query", "data"),
        prevent_initial_call=True,
    )
    async def ask(
        _train: int | None, _promote: Any, _reproduce: Any, whole: Sequence[str] | None, address: str
    ) -> tuple[Any, Any]:
        if not ctx.triggered[0]["value"]:
            return no_update, no_update
        name, variables = _asked(ctx.triggered_id, whole or (), from_address(address))
        try:
            problem = await change(client, name, variables)
        except ApiError as error:
            if error.code != FORBIDDEN:
                raise
            problem = error.message
        return time.time(), None if problem is None else notice(problem)

    @app.callback(
        Output("model-card-place", "children"),
        Input({"type": versions.CARD, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    async def show_card(_clicks: Any) -> Any:
        if not ctx.triggered[0]["value"] or not isinstance(ctx.triggered_id, dict):
            return no_update
        return versions.card_view(await load_card(client, str(ctx.triggered_id["id"])))

    app.in_browser(
        "shell",
        "retry",
        Output("predictive-refresh", "data"),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )


def from_address(address: str) -> PredictiveQuery:
    return parse(**dict(pair for pair in parse_qsl(urlsplit(address).query) if pair[0] in PredictiveQuery.NAMES))


def _asked(trigger: Any, whole: Sequence[str], query: PredictiveQuery) -> tuple[str, Mapping[str, Any]]:
    if isinstance(trigger, dict):
        name = "ModelPromote" if trigger["type"] == versions.PROMOTE else "ModelReproduce"
        return name, {"id": trigger["id"]}
    until = datetime.now(UTC).isoformat() if versions.WHOLE in whole else None
    asked = {"kind": query.api_kind, "horizonDays": query.days, "historyCompleteUntil": until}
    return "ModelTrain", {"input": asked}
