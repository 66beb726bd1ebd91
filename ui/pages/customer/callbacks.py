"""Wires one customer's page: the profile once, its timeline a step at a time."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dash import ALL, Input, Output, Patch, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY, failed
from ui.pages.customer import actions, layout
from ui.pages.customer.data import Cursors, decide, load
from ui.pages.customer.happened import rows
from ui.pages.customer.panels import WHY
from ui.pages.customer.timeline import step
from ui.pages.segmentation.data import load_explanation
from ui.pages.segmentation.members import explanation
from ui.platform_dash import PlatformDash
from ui.shell import notice

FORBIDDEN = "FORBIDDEN"


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("customer-body", "children"),
        Output("customer-cursors", "data"),
        Output("customer-title", "data"),
        Input("customer-id", "data"),
        Input("customer-refresh", "data"),
    )
    async def fill(customer_id: str, _refresh: Any) -> tuple[Any, Any, Any]:
        try:
            answer = await load(client, customer_id, Cursors())
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("The customer", error, "customer"), no_update, no_update
        if answer.customer is None:
            return layout.not_found(), no_update, "Customer not found"
        first = step(answer, Cursors())
        body = layout.profile(answer, answer.customer, first.entries, more=first.more)
        return body, asdict(first.after), answer.customer.name

    @app.callback(
        Output("timeline", "children"),
        Output("timeline-more", "children"),
        Output("customer-cursors", "data", allow_duplicate=True),
        Input({"type": "timeline-more", "where": ALL}, "n_clicks"),
        State("customer-id", "data"),
        State("customer-cursors", "data"),
        prevent_initial_call=True,
    )
    async def show_more(
        clicks: list[int | None], customer_id: str, stored: Mapping[str, str | None] | None
    ) -> tuple[Any, Any, Any]:
        if not any(clicks):
            return no_update, no_update, no_update
        shown = Cursors(**(stored or {}))
        answer = await load(client, customer_id, shown)
        if answer.customer is None:
            return no_update, None, no_update
        following = step(answer, shown)
        timeline = Patch()
        timeline.extend(rows(following.entries, answer))
        return timeline, layout.more_button() if following.more else None, asdict(following.after)

    @app.callback(
        Output("customer-why", "children"),
        Input({"type": WHY, "segment": ALL}, "n_clicks"),
        State("customer-id", "data"),
        prevent_initial_call=True,
    )
    async def explain(_clicks: Any, customer_id: str) -> Any:
        if not ctx.triggered[0]["value"] or not isinstance(ctx.triggered_id, dict):
            return no_update
        try:
            answer = await load_explanation(client, str(ctx.triggered_id["segment"]), customer_id)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return notice(error.message)
        return explanation(answer)

    @app.callback(
        Output("customer-actions", "children"),
        Output("timeline", "children", allow_duplicate=True),
        Output("timeline-more", "children", allow_duplicate=True),
        Output("customer-cursors", "data", allow_duplicate=True),
        Input({"type": actions.DECIDE, "action": ALL, "decided": ALL}, "n_clicks"),
        State("customer-id", "data"),
        prevent_initial_call=True,
    )
    async def decide_on(_clicks: Any, customer_id: str) -> tuple[Any, ...]:
        """What was decided stands in the timeline at once, which begins anew."""
        as_it_is = (no_update,) * 3
        trigger = ctx.triggered_id
        if not ctx.triggered[0]["value"] or not isinstance(trigger, dict):
            return no_update, *as_it_is
        code, decided = str(trigger["action"]), str(trigger["decided"])
        try:
            problem = await decide(client, customer_id, code, decided)
        except ApiError as error:
            if error.code != FORBIDDEN:
                raise
            problem = error.message
        answer = await load(client, customer_id, Cursors())
        if answer.customer is None:
            return notice("There is no such customer any more."), *as_it_is
        if problem is not None:
            return actions.listed(answer, answer.customer, notice(problem)), *as_it_is
        found = answer.customer.next_best_actions
        name = next((one.action.name for one in found if one.action.code == code), code)
        told = actions.accepted(name) if decided == "ACCEPT" else actions.dismissed(name)
        first = step(answer, Cursors())
        more = layout.more_button() if first.more else None
        return actions.listed(answer, answer.customer, told), rows(first.entries, answer), more, asdict(first.after)

    app.in_browser(
        "shell",
        "retry",
        Output("customer-refresh", "data"),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )
