"""Wires the list of next best actions: its pages, and what is decided in it."""

from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from ui import formats
from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import failed
from ui.pages.customer.actions import accepted, dismissed
from ui.pages.customer.data import decide
from ui.pages.predictive import actions
from ui.pages.predictive.actions_data import load_actions
from ui.platform_dash import PlatformDash
from ui.shell import notice

FORBIDDEN = "FORBIDDEN"


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("predictive-actions-body", "children"),
        Output("predictive-actions-pager", "children"),
        Output("predictive-actions-place", "data"),
        Output("predictive-actions-told", "children"),
        Input("predictive-refresh", "data"),
        Input(actions.PREVIOUS, "n_clicks"),
        Input(actions.NEXT, "n_clicks"),
        Input({"type": actions.DECIDE, "customer": ALL, "action": ALL, "decided": ALL}, "n_clicks"),
        State("predictive-actions-place", "data"),
    )
    async def fill(
        _refresh: Any, _previous: Any, _next: Any, _decided: Any, place: Mapping[str, str | None] | None
    ) -> tuple[Any, ...]:
        trigger, shown = ctx.triggered_id, place or {}
        told: Any = None
        after, before = shown.get("after"), shown.get("before")
        try:
            if isinstance(trigger, dict):
                # The buttons are written anew with each answer, which triggers too.
                if not ctx.triggered[0]["value"]:
                    return (no_update,) * 4
                told = await _decide(client, trigger)
            elif trigger == actions.NEXT:
                after, before = shown.get("end"), None
            elif trigger == actions.PREVIOUS:
                after, before = None, shown.get("start")
            answer = await load_actions(client, after, before)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("The actions", error, "predictive-actions"), no_update, no_update, None
        info = answer.actions.page_info
        kept = {"after": after, "before": before, "start": info.start_cursor, "end": info.end_cursor}
        return actions.listed(answer), actions.pager(answer), kept, told


async def _decide(client: ApiClient, trigger: Mapping[str, Any]) -> Any:
    """What became of it, in words. Who may not is told so, whatever the page has shown."""
    code, decided = str(trigger["action"]), str(trigger["decided"])
    try:
        problem = await decide(client, str(trigger["customer"]), code, decided)
    except ApiError as error:
        if error.code != FORBIDDEN:
            raise
        problem = error.message
    if problem is not None:
        return notice(problem)
    name = formats.humanise(code)
    return accepted(name) if decided == "ACCEPT" else dismissed(name)
