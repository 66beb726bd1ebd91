"""Wires the Customer Segmentation page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY, empty, failed
from ui.pages.segmentation import cards, layout, members, recommended, rules, words
from ui.pages.segmentation.data import load, load_explanation, load_members
from ui.pages.segmentation.query import PAGE_SIZE, SegmentationQuery, parse
from ui.platform_dash import PlatformDash
from ui.theme import theme


def from_store(stored: Mapping[str, Any] | None) -> SegmentationQuery:
    kept = stored or {}
    return parse(kept.get("method"), kept.get("days"), kept.get("segment"))


def register(app: PlatformDash, client: ApiClient) -> None:
    _register_page(app, client)
    _register_choices(app)
    _register_members(app, client)
    for name, output, trigger in (
        ("address", "segmentation-sink", Input("segmentation-query", "data")),
        ("retry", "segmentation-refresh", Input({"type": RETRY, "where": ALL}, "n_clicks")),
    ):
        namespace = "shell" if name == "retry" else "segmentation"
        duplicate = name == "retry"
        app.in_browser(namespace, name, Output(output, "data", allow_duplicate=duplicate), trigger, initially=False)


def _register_page(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("segmentation-body", "children"),
        Output("segmentation-meta", "children"),
        Output("segmentation-place", "data"),
        Output({"type": layout.METHOD, "name": ALL}, "aria-pressed"),
        Input("segmentation-query", "data"),
        Input("segmentation-refresh", "data"),
        Input("theme", "data"),
    )
    async def fill(stored: Mapping[str, Any], _refresh: Any, theme_name: str | None) -> tuple[Any, ...]:
        query = from_store(stored)
        pressed = [str(output["id"]["name"] == query.method).lower() for output in ctx.outputs_list[3]]
        if theme_name is None:
            return no_update, no_update, no_update, pressed
        try:
            answer = await load(client, query)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("The segments", error, "segmentation"), "", None, pressed
        zone = answer.tenant.time_zone
        listed = answer.listed
        shown = next((segment.id for segment in listed if segment.id == query.segment), None)
        first = next((segment.id for segment in listed if segment.customers), None)
        place = {"segment": shown or first, "after": None, "before": None, "offset": 0}
        if query.method == "rules":
            return rules.body(answer), f"{len(listed)} rule segments · times in {zone}", place, pressed
        body = cards.body(answer, query.method, query.days, theme(theme_name))
        return body, words.meta(answer.current, listed, zone), place, pressed

    @app.callback(
        Output("segmentation-tools", "children"), Input("segmentation-query", "data"), prevent_initial_call=True
    )
    async def show_tools(stored: Mapping[str, Any]) -> Any:
        return layout.tools(from_store(stored))


def _register_choices(app: PlatformDash) -> None:
    @app.callback(
        Output("segmentation-query", "data"),
        Input({"type": layout.METHOD, "name": ALL}, "n_clicks"),
        Input({"type": layout.DAYS, "days": ALL}, "n_clicks"),
        State("segmentation-query", "data"),
        prevent_initial_call=True,
    )
    async def choose(_methods: Sequence[Any], _days: Sequence[Any], stored: Mapping[str, Any]) -> Any:
        query, trigger = from_store(stored), ctx.triggered_id
        if not isinstance(trigger, dict) or not ctx.triggered[0]["value"]:
            return no_update
        if trigger["type"] == layout.METHOD:
            chosen = parse(trigger["name"], query.days)
            return asdict(chosen) if chosen.method != query.method else no_update
        chosen = replace(query, days=parse(query.method, trigger["days"]).days)
        return asdict(chosen) if chosen != query else no_update


def _register_members(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("segmentation-members", "children"),
        Output("segmentation-members-title", "children"),
        Output("segmentation-pager", "children"),
        Output("segmentation-cursors", "data"),
        Input("segmentation-place", "data"),
        prevent_initial_call=True,
    )
    async def fill(place: Mapping[str, Any] | None) -> tuple[Any, ...]:
        segment = (place or {}).get("segment")
        if place is None or not isinstance(segment, str):
            return _nobody("There is no segment to list.")
        try:
            answer = await load_members(client, segment, place.get("after"), place.get("before"))
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("The members", error, "members"), "", no_update, no_update
        found = answer.segment
        if found is None:
            return _nobody("This segment is gone.")
        info = found.members.page_info
        return (
            members.listed(found, answer.tenant.time_zone),
            members.title(found, int(place.get("offset") or 0)),
            layout.pager(back=info.has_previous_page, on=info.has_next_page),
            {"start": info.start_cursor, "end": info.end_cursor},
        )

    @app.callback(
        Output("segmentation-place", "data", allow_duplicate=True),
        Input({"type": layout.PICK, "id": ALL}, "n_clicks"),
        Input("segmentation-previous", "n_clicks"),
        Input("segmentation-next", "n_clicks"),
        State("segmentation-place", "data"),
        State("segmentation-cursors", "data"),
        prevent_initial_call=True,
    )
    async def move(
        _picked: Sequence[Any], _previous: Any, _next: Any, place: Mapping[str, Any] | None, cursors: Any
    ) -> Any:
        trigger = ctx.triggered_id
        if not ctx.triggered[0]["value"]:
            return no_update
        if isinstance(trigger, dict):
            return {"segment": trigger["id"], "after": None, "before": None, "offset": 0}
        forward = trigger == "segmentation-next"
        cursor = (cursors or {}).get("end" if forward else "start")
        if place is None or cursor is None:
            return no_update
        offset = max(0, int(place.get("offset") or 0) + (PAGE_SIZE if forward else -PAGE_SIZE))
        way = {"after": cursor, "before": None} if forward else {"after": None, "before": cursor}
        return {"segment": place.get("segment"), **way, "offset": offset}

    @app.callback(
        Output("segmentation-recommended", "children"),
        Output("segmentation-recommended-title", "children"),
        Input("segmentation-place", "data"),
        prevent_initial_call=True,
    )
    async def recommend(place: Mapping[str, Any] | None) -> tuple[Any, Any]:
        found = place or {}
        if not isinstance(found.get("segment"), str):
            return empty("recommendations", "There is no segment to recommend anything for.", ""), ""
        if found.get("after") or found.get("before"):  # another page of the same members
            return no_update, no_update
        try:
            answer = await recommended.load(client, found["segment"])
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("The recommendations", error, "recommended"), ""
        return recommended.listed(answer), recommended.title(answer)

    @app.callback(
        Output("segmentation-explanation", "children"),
        Input({"type": layout.WHY, "customer": ALL, "segment": ALL}, "n_clicks"),
        Input("segmentation-place", "data"),
        prevent_initial_call=True,
    )
    async def explain(_clicks: Sequence[Any], _place: Any) -> Any:
        trigger = ctx.triggered_id
        if not isinstance(trigger, dict):
            return None
        if not ctx.triggered[0]["value"]:
            return no_update
        try:
            answer = await load_explanation(client, trigger["segment"], trigger["customer"])
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("The explanation", error, "explanation")
        return members.explanation(answer)


def _nobody(text: str) -> tuple[Any, ...]:
    return empty("members", text, ""), "", layout.pager(back=False, on=False), None
