"""The table of recent customers: who ordered last, and what they are worth."""

from collections.abc import Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.states import empty
from ui.pages.customers.data import CustomerRow


def table(customers: Sequence[CustomerRow], zone: str) -> Component:
    if not customers:
        return empty("orders", "This table needs orders that name their customers.", "0 received so far.")
    head = html.Tr(
        [
            html.Th("Customer", scope="col"),
            html.Th("Country", scope="col", className="wide-only"),
            html.Th("Last order", scope="col", className="num"),
            html.Th("Orders", scope="col", className="num wide-only"),
            html.Th("Total spent", scope="col", className="num"),
        ]
    )
    return html.Table([html.Thead(head), html.Tbody([_row(one, zone) for one in customers])], className="table")


def _row(one: CustomerRow, zone: str) -> html.Tr:
    at = one.last_order_at
    last = formats.bucket_label(at, zone, daily=False) if at else formats.ABSENT
    return html.Tr(
        [
            html.Th(dcc.Link(one.name, href=f"/customers/{quote(one.id, safe='')}", className="link"), scope="row"),
            html.Td(one.country or html.Span("–", title="Country not known", className="soft"), className="wide-only"),
            html.Td(last, className="num", title=formats.date_time(at, zone) if at else None),
            html.Td(formats.integer(one.order_count), className="num wide-only"),
            html.Td(formats.money(one.total_spent.amount, one.total_spent.currency), className="num"),
        ]
    )
