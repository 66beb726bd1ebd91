"""One customer's page: pure functions of the answer."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import skeleton, state
from ui.pages.customer.data import Conversation, Customer, CustomerAnswer, Order
from ui.pages.customer.panels import panels
from ui.pages.customer.timeline import Entry

WATCH_MILLISECONDS = 1_500


def page(customer_id: str) -> html.Div:
    return html.Div(
        [
            dcc.Store(id="customer-id", data=customer_id),
            dcc.Store(id="customer-cursors"),
            dcc.Store(id="customer-refresh"),
            dcc.Link([icon("arrow-left"), "All customers"], href="/customers", className="back-link"),
            html.Div(_loading(), id="customer-body", className="customer-body"),
            dcc.Store(id="customer-privacy-request"),
            dcc.Interval(id="customer-privacy-watch", interval=WATCH_MILLISECONDS, disabled=True),
            html.Div(
                [
                    html.Div(id="customer-privacy"),
                    html.Div(id="customer-privacy-told", className="customer-body", **aria(live="polite")),
                ],
                className="customer-body",
            ),
        ],
        className="page",
    )


def _loading() -> list[Component]:
    return [
        html.Header(html.Div(skeleton("the customer", "value", "line")), className="page-head"),
        html.Div(
            [
                html.Section(skeleton(name, "line", "value"), className="card kpi kpi-plain")
                for name in ("a", "b", "c", "d")
            ],
            className="kpis kpis-four",
        ),
        card("Timeline", skeleton("the timeline", *["row"] * 6)),
    ]


def not_found() -> Component:
    back = dcc.Link("All customers", href="/customers", className="button")
    text = "No customer of this tenant has this address. The link may be mistyped or belong to another tenant."
    return html.Section(
        [
            html.H1("Customer not found", className="visually-hidden"),
            state("person-x", "There is no such customer", text, [back]),
        ],
        className="card",
    )


def profile(answer: CustomerAnswer, customer: Customer, entries: Sequence[Entry], *, more: bool) -> list[Component]:
    zone = answer.tenant.time_zone
    return [
        _header(customer),
        html.Div(_figures(customer, zone), className="kpis kpis-four"),
        *panels(answer, customer),
        card(
            "Timeline",
            html.Div(
                [
                    html.Ol(rows(entries, zone), id="timeline", className="timeline")
                    if entries or more
                    else _nothing_happened(),
                    html.Div(more_button() if more else None, id="timeline-more", className="timeline-more"),
                ]
            ),
            subtitle=f"Orders, conversations and events, newest first · {zone}",
        ),
    ]


def _header(customer: Customer) -> html.Header:
    facts = [f"Id {customer.external_id}", customer.country, customer.email]
    return html.Header(
        html.Div(
            [
                html.Span(formats.initials(customer.name), className="initials initials-large"),
                html.Div(
                    [
                        html.H1(customer.name, tabIndex="-1", id="page-title"),
                        html.P(" · ".join(fact for fact in facts if fact), className="page-meta"),
                    ]
                ),
            ],
            className="person",
        ),
        className="page-head",
    )


def _figures(customer: Customer, zone: str) -> list[Component]:
    last = formats.date(customer.last_order_at, zone) if customer.last_order_at else "No order yet"
    return [
        _figure(
            "Total spent",
            formats.money(customer.total_spent.amount, customer.total_spent.currency),
            "net of cancellations",
        ),
        _figure("Orders", formats.integer(customer.order_count), "cancellations not counted"),
        _figure("Last order", last, zone),
        _figure("First seen", formats.date(customer.first_seen_at, zone), zone),
    ]


def _figure(label: str, value: str, note: str) -> html.Section:
    return html.Section(
        [
            html.H2(label, className="kpi-label"),
            html.P(value, className="kpi-value"),
            html.P(note, className="kpi-origin"),
        ],
        className="card kpi kpi-plain",
    )


def _nothing_happened() -> Component:
    return state("inbox", "Nothing happened yet", "Orders, conversations and events of this customer will stand here.")


def more_button() -> html.Button:
    return html.Button("Show more", id={"type": "timeline-more", "where": "end"}, type="button", className="button")


def rows(entries: Sequence[Entry], zone: str) -> list[Component]:
    return [_row(entry, zone) for entry in entries]


def _row(entry: Entry, zone: str) -> html.Li:
    symbol, title, text, figure = _words(entry)
    return html.Li(
        [
            html.Span(icon(symbol), className="timeline-icon"),
            html.Div(
                [html.P(title, className="timeline-title"), html.P(text, className="timeline-text") if text else None]
            ),
            html.Span(figure, className="timeline-figure"),
            html.Span(formats.date_time(entry.at, zone), className="timeline-time"),
        ]
    )


def _words(entry: Entry) -> tuple[str, str, str, str]:
    item = entry.item
    if isinstance(item, Order):
        lines = item.lines.total_count.value
        symbol, kind = ("bag", "Order") if item.kind == "ORDER" else ("bag-x", "Cancellation")
        amount = formats.money(item.total.amount, item.total.currency, cents=True)
        return (
            symbol,
            f"{kind} {item.external_id}",
            f"{formats.integer(lines)} {'line' if lines == 1 else 'lines'}",
            amount,
        )
    if isinstance(item, Conversation):
        return "chat-left-text", item.subject, _conversation(item), f"Rated {item.rating} of 5" if item.rating else ""
    return "lightning", formats.humanise(item.name), f"from {item.source}", ""


def _conversation(item: Conversation) -> str:
    count = item.messages.total_count.value
    messages = f"{formats.integer(count)} {'message' if count == 1 else 'messages'}"
    return f"Conversation by {item.channel} · {messages} · {'closed' if item.closed_at else 'open'}"
