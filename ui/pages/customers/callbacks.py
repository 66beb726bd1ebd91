"""Wires the Customers page: every control changes the query in the browser's store, and the query loads the list."""

from collections.abc import Mapping
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY, failed
from ui.pages.customers import filters, layout
from ui.pages.customers.data import load, load_choices
from ui.pages.customers.query import from_store, to_store
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("customers-body", "children"),
        Output("customers-pager", "children"),
        Output("customers-count", "children"),
        Output("customers-subtitle", "children"),
        Output("customers-cursors", "data"),
        Output("customers-export", "children"),
        Output("customers-chips", "children"),
        Input("customers-query", "data"),
        Input("customers-refresh", "data"),
    )
    async def fill(stored: Mapping[str, Any], _refresh: Any) -> tuple[Any, ...]:
        query = from_store(stored)
        try:
            answer = await load(client, query)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return failed("The customers", error, "customers"), no_update, "", "", no_update, no_update, no_update
        found = answer.customers
        searched = f" begin with “{query.search}”" if query.search else ""
        return (
            layout.body(query, found, answer.tenant.time_zone),
            layout.pager(query, found),
            f"{layout.total(found.total_count)} customers{searched}",
            layout.order_line(query, answer.tenant.time_zone),
            {"start": found.page_info.start_cursor, "end": found.page_info.end_cursor},
            layout.exports(query),
            filters.chips(query, answer.tenant.time_zone, answer.tenant.currency, answer.segments),
        )

    @app.callback(
        Output("customers-query", "data"),
        Input("customers-typed", "data"),
        Input("customers-address", "data"),
        Input({"type": layout.SORT, "field": ALL}, "n_clicks"),
        Input("customers-previous", "n_clicks"),
        Input("customers-next", "n_clicks"),
        State("customers-query", "data"),
        State("customers-cursors", "data"),
        prevent_initial_call=True,
    )
    async def change(
        search: str | None,
        address: Mapping[str, Any] | None,
        _sort: list[int | None],
        _previous: int | None,
        _next: int | None,
        stored: Mapping[str, Any],
        cursors: Mapping[str, str | None] | None,
    ) -> Any:
        query = from_store(stored)
        trigger, clicked = ctx.triggered_id, ctx.triggered[0]["value"]
        if trigger == "customers-typed":
            asked = query.searching(search or "")
            return to_store(asked) if asked.search != query.search else no_update
        if trigger == "customers-address":
            chosen = query.filtering(address or {})
            return to_store(chosen) if chosen.filters != query.filters else no_update
        if not clicked:
            return no_update
        if isinstance(trigger, dict):
            return to_store(query.sorted_by(trigger["field"]))
        cursor = (cursors or {}).get("end" if trigger == "customers-next" else "start")
        if cursor is None:
            return no_update
        moved = query.next_page(cursor) if trigger == "customers-next" else query.previous_page(cursor)
        return to_store(moved)

    @app.callback(
        Output("customers-filters", "children"),
        Input("customers-refresh", "data"),
        State("customers-query", "data"),
    )
    async def offer(_refresh: Any, stored: Mapping[str, Any]) -> Any:
        return filters.menu(await load_choices(client), from_store(stored))

    # Dash's own debounce, and a callback with the field as output, write an older text back while somebody types on.
    app.in_browser(
        "customers",
        "typed",
        Output("customers-typed", "data"),
        Input("customers-search", "value"),
        initially=False,
    )
    app.in_browser(
        "customers",
        "clear",
        Output("customers-search", "value"),
        Input({"type": "customers-clear", "where": ALL}, "n_clicks"),
        initially=False,
    )
    app.in_browser(
        "customers",
        "address",
        Output("customers-sink", "data"),
        Input("customers-query", "data"),
        initially=False,
    )
    app.in_browser(
        "shell",
        "retry",
        Output("customers-refresh", "data"),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )
