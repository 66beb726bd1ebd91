"""Wires the menu of saved views."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.pages.customers import views
from ui.pages.customers.data import change_view, load_views
from ui.pages.customers.query import address, from_store
from ui.platform_dash import PlatformDash

SAID = {"create": "Saved.", "share": "Everybody here may see it now.", "unshare": "Only you see it now.",
        "delete": "Forgotten."}  # fmt: skip


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("customers-view-list", "children"),
        Input("customers-views-changed", "data"),
    )
    async def fill(_changed: Any) -> Any:
        return views.listed(await load_views(client))

    @app.callback(
        Output("customers-view-said", "children"),
        Output("customers-view-name", "value"),
        Output("customers-views-changed", "data"),
        Input({"type": views.DO, "do": ALL, "on": ALL}, "n_clicks"),
        State("customers-view-name", "value"),
        State("customers-view-share", "value"),
        State("customers-query", "data"),
        State("customers-views-changed", "data"),
        prevent_initial_call=True,
    )
    async def act(
        _clicks: Sequence[int | None],
        name: str | None,
        share: Sequence[str] | None,
        stored: Mapping[str, Any],
        changed: int | None,
    ) -> Any:
        pressed = ctx.triggered_id
        if not isinstance(pressed, Mapping) or not ctx.triggered[0]["value"]:
            return no_update, no_update, no_update
        action, target = str(pressed["do"]), str(pressed["on"])
        if action == "create" and not (name or "").strip():
            return "Give it a name first.", no_update, no_update
        new = {"name": name or "", "query": address(from_store(stored)), "shared": bool(share)}
        try:
            wrong = await change_view(client, action, target, new)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return f"{error.message} Code {error.code}.", no_update, no_update
        if wrong:
            return " ".join(wrong), no_update, no_update
        return SAID[action], "" if action == "create" else no_update, (changed or 0) + 1
