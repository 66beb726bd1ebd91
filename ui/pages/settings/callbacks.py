"""Wires the Settings page: the address says what is shown, and one callback does what a button asks."""

from collections.abc import Mapping, Sequence
from time import time_ns
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY
from ui.pages.settings import layout
from ui.pages.settings.actions import NotReady, change_of, outcome
from ui.pages.settings.data import change, load, preview, zone_of
from ui.pages.settings.draft import definition, edited, read
from ui.pages.settings.forms import ACT, FIELD
from ui.pages.settings.journey import EDIT, editor, standing
from ui.pages.settings.query import parse
from ui.platform_dash import PlatformDash

LINK_HINT = "Good for 48 hours and one use. Send it to them yourself; it is not shown again."
KEY_HINT = "Copy it now: it is not shown again."


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("settings-body", "children"),
        Input("settings-query", "data"),
        Input("settings-refresh", "data"),
    )
    async def fill(asked: Mapping[str, Any] | None, _refresh: Any) -> Any:
        query = parse(asked)
        try:
            zone = await zone_of(client) if query.filters.keys() & {"since", "until"} else "UTC"
            return layout.body(await load(client, query, zone), query)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return layout.could_not_load(error)

    @app.callback(
        Output("settings-said", "children"),
        Output("settings-refresh", "data"),
        Input({"type": ACT, "do": ALL, "on": ALL}, "n_clicks"),
        State({"type": FIELD, "name": ALL}, "value"),
        State({"type": FIELD, "name": ALL}, "id"),
        prevent_initial_call=True,
    )
    async def act(_clicks: Sequence[int | None], values: Sequence[Any], ids: Sequence[Mapping[str, str]]) -> Any:
        pressed = ctx.triggered_id
        if not isinstance(pressed, Mapping) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        fields = {one["name"]: value for one, value in zip(ids, values, strict=True)}
        try:
            asked = change_of(str(pressed["do"]), str(pressed["on"]), fields)
            done = await change(client, asked.operation, asked.variables)
        except NotReady as error:
            return layout.refused(str(error)), no_update
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return layout.refused(f"{error.message} Code {error.code}."), no_update
        if done.user_errors:
            return layout.refused(" ".join(one.message for one in done.user_errors)), no_update
        if done.setup_path is not None:
            return layout.once(asked.said, f"{client.base_url}{done.setup_path}", LINK_HINT), time_ns()
        if done.key is not None:
            return layout.once(asked.said, done.key, KEY_HINT), time_ns()
        if done.secret is not None:
            return layout.once(asked.said, done.secret, KEY_HINT), time_ns()
        if done.body is not None:
            return layout.shown(asked.said, done.body), time_ns()
        return layout.said(outcome(asked, done)), time_ns()

    @app.callback(
        Output("journey-editor", "children"),
        Output("journey-preview", "children"),
        Input({"type": EDIT, "do": ALL, "on": ALL}, "n_clicks"),
        State({"type": FIELD, "name": ALL}, "value"),
        State({"type": FIELD, "name": ALL}, "id"),
        prevent_initial_call=True,
    )
    async def edit(_clicks: Sequence[int | None], values: Sequence[Any], ids: Sequence[Mapping[str, str]]) -> Any:
        pressed = ctx.triggered_id
        if not isinstance(pressed, Mapping) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        draft = read({one["name"]: value for one, value in zip(ids, values, strict=True)})
        if pressed["do"] != "preview":
            return editor(edited(draft, str(pressed["do"]), str(pressed["on"]))), None
        try:
            return no_update, standing(await preview(client, definition(draft)))
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return no_update, layout.refused(f"{error.message} Code {error.code}.")

    app.in_browser(
        "shell",
        "retry",
        Output("settings-refresh", "data", allow_duplicate=True),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )
