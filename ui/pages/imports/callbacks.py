"""Wires the Imports page: a file is uploaded by the browser, mapped here, and watched while somebody works on it."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import failed
from ui.pages.imports import layout
from ui.pages.imports.data import change, load_list, load_mapping, load_one
from ui.pages.imports.mapping import first_format, format_options, to_mapping
from ui.platform_dash import PlatformDash

FORBIDDEN = "FORBIDDEN"


def register(app: PlatformDash, client: ApiClient) -> None:
    _register_reading(app, client)
    _register_changes(app, client)
    app.in_browser(
        "imports", "choose", Output("import-sink", "data"), Input("import-choose", "n_clicks"), initially=False
    )


def _register_reading(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("import-file", "children"),
        Output("import-loaded", "data"),
        Input("import-id", "data"),
        Input("import-uploaded", "data"),
        Input("import-changed", "data"),
        State("import-loaded", "data"),
    )
    async def show_file(
        identity: str | None, uploaded: str | None, _changed: Any, loaded: Mapping[str, Any] | None
    ) -> tuple[Any, Any]:
        """A form that is there stays as it is: what was chosen in it would be lost."""
        asked = uploaded or identity
        if asked is None:
            return None, no_update
        try:
            answer = await load_one(client, asked)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("The file", error, "import"), None
        if answer.file is None:
            return None, None
        now = {"id": asked, "form": layout.has_form(answer.file)}
        return (no_update, no_update) if now == loaded else (layout.file_card(answer.file), now)

    @app.callback(
        Output("import-mapping", "children"),
        Output("import-guess", "data"),
        Output("import-format", "options"),
        Output("import-format", "value"),
        Output("import-zone", "value"),
        Input("import-kind", "value"),
        State("import-loaded", "data"),
        State("import-id", "data"),
        State("import-uploaded", "data"),
    )
    async def show_mapping(kind: str, _loaded: Any, identity: str | None, uploaded: str | None) -> tuple[Any, ...]:
        asked = uploaded or identity
        if asked is None:
            return (no_update,) * 5
        answer = await load_mapping(client, asked, kind)
        mapping = dict(answer.mapping(kind))
        zone = mapping.get("timeZone") or answer.tenant.time_zone
        return layout.mapping(answer, kind), mapping, format_options(mapping), first_format(mapping), zone

    @app.callback(
        Output("import-result", "children"),
        Output("import-tick", "disabled"),
        Output("import-changed", "data"),
        Input("import-id", "data"),
        Input("import-uploaded", "data"),
        Input("import-started", "data"),
        Input("import-tick", "n_intervals"),
        State("import-changed", "data"),
    )
    async def show_result(
        identity: str | None, uploaded: str | None, _started: Any, _tick: Any, seen: str | None
    ) -> tuple[Any, Any, Any]:
        """The list and the form follow the state, not each step of the work."""
        asked = uploaded or identity
        if asked is None:
            return None, True, no_update
        answer = await load_one(client, asked)
        one = answer.file
        if one is None:
            return None, True, no_update
        return layout.result_card(one), not one.at_work, one.state if one.state != seen else no_update

    @app.callback(
        Output("imports-body", "children"),
        Output("imports-subtitle", "children"),
        Input("import-changed", "data"),
        Input("import-uploaded", "data"),
    )
    async def show_list(_changed: Any, _uploaded: Any) -> tuple[Any, Any]:
        try:
            answer = await load_list(client)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            if error.code == FORBIDDEN:
                return layout.not_allowed(), ""
            return failed("The imports", error, "imports"), ""
        zone = answer.tenant.time_zone
        return layout.table(answer.imports, zone), f"The newest first · times in {zone}"


def _register_changes(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("import-started", "data"),
        Output("import-problem", "children"),
        Input("import-dry", "n_clicks"),
        Input("import-go", "n_clicks"),
        State("import-id", "data"),
        State("import-uploaded", "data"),
        State("import-kind", "value"),
        State("import-guess", "data"),
        State({"type": layout.CHOICE, "name": ALL}, "value"),
        State({"type": layout.FIXED_TEXT, "name": ALL}, "value"),
        State("import-format", "value"),
        State("import-zone", "value"),
        prevent_initial_call=True,
    )
    async def start(
        _dry: int | None,
        _go: int | None,
        identity: str | None,
        uploaded: str | None,
        kind: str,
        guess: Mapping[str, Any] | None,
        chosen: Sequence[str | None],
        fixed: Sequence[str | None],
        date_format: str | None,
        zone: str | None,
    ) -> tuple[Any, Any]:
        if not ctx.triggered[0]["value"] or guess is None:
            return no_update, no_update
        states = ctx.states_list
        names = [state["id"]["name"] for state in states[4]]
        mapping = to_mapping(
            guess, dict(zip(names, chosen, strict=True)), dict(zip(names, fixed, strict=True)), date_format, zone
        )
        dry_run = ctx.triggered_id == "import-dry"
        given = {"id": uploaded or identity, "kind": kind, "mapping": mapping, "dryRun": dry_run}
        problem = await change(client, "ImportStart", {"input": given})
        return (no_update, problem) if problem else (time.time(), "")

    @app.callback(
        Output("import-started", "data", allow_duplicate=True),
        Output("notice", "data", allow_duplicate=True),
        Input({"type": layout.UNDO, "id": ALL, "where": ALL}, "n_clicks"),
        Input({"type": "import-cancel", "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    async def undo_or_cancel(_undo: Sequence[Any], _cancel: Sequence[Any]) -> tuple[Any, Any]:
        trigger = ctx.triggered_id
        if not isinstance(trigger, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        operation = "ImportUndo" if trigger["type"] == layout.UNDO else "ImportCancel"
        problem = await change(client, operation, {"id": trigger["id"]})
        return (no_update, problem) if problem else (time.time(), no_update)
