"""Wires the privacy card: consent at once, export and erasure as jobs that are watched."""

from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import failed
from ui.pages.customer import privacy
from ui.pages.customer.privacy_data import ask_erasure, ask_export, enter, load, load_request
from ui.platform_dash import PlatformDash
from ui.shell import notice

TOLD, WATCH, REQUEST = "customer-privacy-told", "customer-privacy-watch", "customer-privacy-request"


def register(app: PlatformDash, client: ApiClient) -> None:
    async def shown(customer_id: str) -> Any:
        try:
            answer = await load(client, customer_id)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("Privacy", error, "customer-privacy")
        return None if answer.customer is None else privacy.privacy(answer, answer.customer)

    @app.callback(
        Output("customer-privacy", "children"), Input("customer-id", "data"), Input("customer-refresh", "data")
    )
    async def fill(customer_id: str, _refresh: Any) -> Any:
        return await shown(customer_id)

    @app.callback(
        Output("customer-privacy", "children", allow_duplicate=True),
        Output(TOLD, "children"),
        Input({"type": privacy.CONSENT, "purpose": ALL, "said": ALL}, "n_clicks"),
        State("customer-id", "data"),
        prevent_initial_call=True,
    )
    async def say(_clicks: Any, customer_id: str) -> tuple[Any, Any]:
        trigger = ctx.triggered_id
        if not ctx.triggered[0]["value"] or not isinstance(trigger, dict):
            return no_update, no_update
        try:
            problem = await enter(client, customer_id, str(trigger["purpose"]), granted=trigger["said"] == "yes")
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return no_update, notice(error.message)
        return await shown(customer_id), None if problem is None else notice(problem)

    @app.callback(
        Output(TOLD, "children", allow_duplicate=True),
        Output(REQUEST, "data"),
        Output(WATCH, "disabled"),
        Input({"type": privacy.ASK, "kind": ALL}, "n_clicks"),
        State({"type": privacy.CONFIRM, "of": ALL}, "value"),
        State("customer-id", "data"),
        prevent_initial_call=True,
    )
    async def ask(_clicks: Any, confirmed: list[str | None], customer_id: str) -> tuple[Any, Any, Any]:
        trigger = ctx.triggered_id
        if not ctx.triggered[0]["value"] or not isinstance(trigger, dict):
            return no_update, no_update, no_update
        kind = "ERASE" if trigger["kind"] == "erase" else "EXPORT"
        try:
            if kind == "ERASE":
                request, problem = await ask_erasure(client, customer_id, (confirmed[0] if confirmed else "") or "")
            else:
                request, problem = await ask_export(client, customer_id)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            request, problem = None, error.message
        if request is None:
            return notice(problem), no_update, True
        return privacy.under_way(kind), request, False

    @app.callback(
        Output(TOLD, "children", allow_duplicate=True),
        Output(WATCH, "disabled", allow_duplicate=True),
        Input(WATCH, "n_intervals"),
        State(REQUEST, "data"),
        prevent_initial_call=True,
    )
    async def watch(_ticks: Any, request_id: str | None) -> tuple[Any, Any]:
        if request_id is None:
            return no_update, True
        try:
            answer = await load_request(client, request_id)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return no_update, no_update  # the next tick asks again
        request = answer.privacy_request
        if request is None:
            return notice("There is no such request any more."), True
        if request.state == "DONE":
            return privacy.receipt(request, answer.tenant.time_zone), True
        told = privacy.ended(request)
        return (no_update, no_update) if told is None else (told, True)
