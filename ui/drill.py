"""The panel behind a point: who is behind it, from any chart, by a query string of the Customers page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.attributes import aria, data
from ui.components.icon import icon
from ui.components.states import failed, no_match, skeleton
from ui.pages.customers import words
from ui.pages.customers.data import CustomerList, CustomersAnswer, load
from ui.pages.customers.layout import total
from ui.pages.customers.query import CustomersQuery, from_address
from ui.platform_dash import PlatformDash

SHOWN: Final = 20


def panel() -> html.Aside:
    """Stands in the shell; closed while it has no content."""
    return html.Aside(id="drill-panel", className="drill-panel", **aria(label="Customers behind the point"))


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(Output("drill-panel", "children"), Input("drill", "data"), prevent_initial_call=True)
    async def show(address: str | None) -> Any:
        if not address:
            return None
        asked = replace(from_address(address), size=SHOWN)
        try:
            answer = await load(client, asked)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return _frame("Customers", failed("The customers", error, "drill"), None)
        return content(asked, answer, address)

    app.in_browser("shell", "drilled", Output("drill", "data"), Input("_pages_location", "pathname"))
    app.in_browser("shell", "drilling", Output("drill-panel", "className"), Input("drill", "data"))


def content(asked: CustomersQuery, answer: CustomersAnswer, address: str) -> list[Component]:
    found = answer.customers
    if not found.nodes:
        nobody = no_match("customers", "Nobody with a name is behind this point. Guests have none.")
        return _frame("No customers", nobody, _subtitle(asked, answer))
    noun = "customer" if found.total_count.value == 1 else "customers"
    more = dcc.Link("Open in Customers", href=f"/customers?{address}", className="button")
    return [
        *_frame(f"{total(found.total_count)} {noun}", _table(found), _subtitle(asked, answer)),
        html.Div(more, className="drill-foot"),
    ]


def _subtitle(asked: CustomersQuery, answer: CustomersAnswer) -> str:
    return words.described(asked, answer.tenant.time_zone, answer.tenant.currency, answer.segments)


def loading() -> list[Component]:
    return _frame("Customers", skeleton("customers", *["row"] * 8), None)


def _frame(title: str, body: Component, subtitle: str | None) -> list[Component]:
    close = html.Button(
        icon("x-lg"),
        type="button",
        className="button button-icon",
        title="Close",
        **aria(label="Close the panel"),
        **data(drill_close="true"),
    )
    head = html.Div([html.H2(title, className="drill-title", tabIndex="-1"), close], className="drill-head")
    return [head, html.P(subtitle, className="drill-text") if subtitle else html.Div(), html.Div(body)]


def _table(found: CustomerList) -> html.Table:
    head = html.Tr(
        [
            html.Th("Name", scope="col"),
            html.Th("Orders", scope="col", className="num"),
            html.Th("Total spent", scope="col", className="num"),
        ]
    )
    rows: Sequence[Component] = [
        html.Tr(
            [
                html.Th(
                    dcc.Link(one.name, href=f"/customers/{quote(one.id, safe='')}", className="row-link"), scope="row"
                ),
                html.Td(formats.integer(one.order_count), className="num"),
                html.Td(formats.money(one.total_spent.amount, one.total_spent.currency), className="num"),
            ]
        )
        for one in found.nodes
    ]
    return html.Table([html.Thead(head), html.Tbody(rows)], className="table table-links table-dense")
