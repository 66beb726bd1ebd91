"""The Customers page's component trees: pure functions of the query and of the answer."""

from collections.abc import Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.choices import address_store
from ui.components.icon import icon
from ui.components.states import empty, no_match, skeleton
from ui.pages.customers import filters, views
from ui.pages.customers.data import CustomerList, CustomerRow
from ui.pages.customers.query import CustomersQuery, to_store
from ui.records import TotalCount

SORT = "customers-sort"
COLUMNS: Sequence[tuple[str, str | None, str]] = (
    ("Name", "name", ""),
    ("Id", None, "wide-only"),
    ("Country", None, "wide-only"),
    ("Orders", "orders", "num wide-only"),
    ("Total spent", "spent", "num"),
    ("Last order", "last", "num"),
)


def page(query: CustomersQuery) -> html.Div:
    search = html.Div(
        [
            icon("search"),
            html.Label("Search customers", htmlFor="customers-search", className="visually-hidden"),
            dcc.Input(
                id="customers-search",
                type="search",
                value=query.search,
                placeholder="Name or id begins with …",
                className="search-input",
                autoComplete="off",
                maxLength=100,
            ),
            html.Kbd("/", title="Press / to search"),
        ],
        className="search",
        role="search",
    )
    return html.Div(
        [
            dcc.Store(id="customers-query", data=to_store(query)),
            dcc.Store(id="customers-refresh"),
            dcc.Store(id="customers-cursors"),
            dcc.Store(id="customers-sink"),
            dcc.Store(id="customers-typed"),
            dcc.Store(id="customers-views-changed"),
            *address_store("customers-address", dict(query.filters)),
            html.Header(
                [
                    html.Div(
                        [
                            html.H1("Customers", tabIndex="-1", id="page-title"),
                            html.P(id="customers-count", className="page-meta"),
                        ]
                    ),
                    html.Div(
                        [
                            search,
                            html.Div(filters.menu(None, query), id="customers-filters"),
                            html.Div(views.menu(None), id="customers-views"),
                            html.Div(exports(query), id="customers-export"),
                        ],
                        className="page-tools",
                    ),
                ],
                className="page-head",
            ),
            html.Div(id="customers-chips", className="chips"),
            card(
                "Customer list",
                html.Div(skeleton("customers", *["row"] * 10), id="customers-body", className="customers-body"),
                subtitle=html.Span(id="customers-subtitle"),
                footer=html.Div(pager(query, None), id="customers-pager"),
            ),
        ],
        className="page",
    )


def exports(query: CustomersQuery) -> html.Details:
    """What the page shows a part of, whole: the same search and order."""
    links = [
        html.A(label, href=query.export_path(extension), className="menu-link", download="")
        for extension, label in (("csv", "CSV"), ("jsonl", "JSON lines"))
    ]
    menu = html.Div(
        [html.P("All rows of this search, in this order", className="menu-title"), *links], className="menu"
    )
    return html.Details(
        [html.Summary([icon("download"), "Export"], className="button"), menu], className="menu-holder may-export"
    )


def body(query: CustomersQuery, found: CustomerList, zone: str) -> Component:
    if found.nodes:
        return table(query, found.nodes, zone)
    if query.filters:
        return no_match("customers", "Take a filter away to see more.")
    if query.search:
        clear = html.Button(
            "Clear the search", id={"type": "customers-clear", "where": "body"}, className="button", type="button"
        )
        text = f"No name and no id begins with “{query.search}”."
        return no_match("customers", text, [clear])
    return empty("customers", "This list fills as orders and events name their customers.", "0 received so far.")


def table(query: CustomersQuery, rows: Sequence[CustomerRow], zone: str) -> html.Table:
    head = html.Thead(html.Tr([_heading(query, *column) for column in COLUMNS]))
    return html.Table([head, html.Tbody([_row(row, zone) for row in rows])], className="table table-links")


def _heading(query: CustomersQuery, title: str, field: str | None, class_name: str) -> html.Th:
    if field is None:
        return html.Th(title, scope="col", className=class_name)
    here = field == query.field
    arrow = ("arrow-down" if query.descending else "arrow-up") if here else "arrow-down-up"
    button = html.Button(
        [html.Span(title), icon(arrow)],
        id={"type": SORT, "field": field},
        type="button",
        className="sort sort-here" if here else "sort",
    )
    order = ("descending" if query.descending else "ascending") if here else "none"
    return html.Th(button, scope="col", className=class_name, **aria(sort=order))


def _row(row: CustomerRow, zone: str) -> html.Tr:
    money = formats.money(row.total_spent.amount, row.total_spent.currency)
    last = formats.date(row.last_order_at, zone) if row.last_order_at else missing("No order yet")
    return html.Tr(
        [
            html.Th(dcc.Link(row.name, href=f"/customers/{quote(row.id, safe='')}", className="row-link"), scope="row"),
            html.Td(row.external_id, className="soft wide-only"),
            html.Td(row.country or missing("Country not known"), className="wide-only"),
            html.Td(formats.integer(row.order_count), className="num wide-only"),
            html.Td(money, className="num"),
            html.Td(last, className="num"),
        ]
    )


def missing(reason: str) -> html.Span:
    return html.Span("–", title=reason, className="soft")


def pager(query: CustomersQuery, found: CustomerList | None) -> html.Div:
    """Previous, next and where we are; without an answer the buttons stand there, disabled."""
    info = found.page_info if found else None
    return html.Div(
        [
            html.Span(position(query, found) if found else "", className="pager-text"),
            _step("customers-previous", "chevron-left", "Previous page", enabled=bool(info and info.has_previous_page)),
            _step("customers-next", "chevron-right", "Next page", enabled=bool(info and info.has_next_page)),
        ],
        className="pager",
    )


def position(query: CustomersQuery, found: CustomerList) -> str:
    if not found.nodes:
        return ""
    first, last = query.offset + 1, query.offset + len(found.nodes)
    return f"{formats.integer(first)} to {formats.integer(last)} of {total(found.total_count)}"


def order_line(query: CustomersQuery, zone: str) -> str:
    column = next(title for title, field, _ in COLUMNS if field == query.field)
    if query.field == "name":
        order = "Z to A" if query.descending else "A to Z"
    else:
        order = "highest first" if query.descending else "lowest first"
        order = order.replace("highest", "latest").replace("lowest", "earliest") if query.field == "last" else order
    return f"Sorted by {column.lower()}, {order} · dates in {zone}"


def total(count: TotalCount) -> str:
    number = formats.integer(count.value)
    return f"at least {number}" if count.precision == "AT_LEAST" else number


def _step(name: str, symbol: str, label: str, *, enabled: bool) -> html.Button:
    return html.Button(
        icon(symbol),
        id=name,
        type="button",
        className="button button-icon",
        disabled=not enabled,
        title=label,
        **aria(label=label),
    )
