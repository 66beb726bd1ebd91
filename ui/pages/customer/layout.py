"""One customer's page: pure functions of the answer."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import skeleton, state
from ui.pages.customer.data import Customer, CustomerAnswer
from ui.pages.customer.happened import rows
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
        _header(customer, zone),
        html.Div(_figures(customer, zone), className="kpis kpis-four"),
        *panels(answer, customer),
        card(
            "Timeline",
            html.Div(
                [
                    html.Ol(rows(entries, answer), id="timeline", className="timeline"),
                    None if entries or more else _nothing_happened(),
                    html.Div(more_button() if more else None, id="timeline-more", className="timeline-more"),
                ]
            ),
            subtitle=f"What happened, was foretold and was decided, newest first · {zone}",
        ),
    ]


def _header(customer: Customer, zone: str) -> html.Header:
    facts = [f"Id {customer.external_id}", customer.country, customer.email]
    return html.Header(
        html.Div(
            [
                html.Span(formats.initials(customer.name), className="initials initials-large"),
                html.Div(
                    [
                        html.H1(customer.name, tabIndex="-1", id="page-title"),
                        html.P(" · ".join(fact for fact in facts if fact), className="page-meta"),
                        html.P(consents(customer, zone), className="page-meta", id="customer-consents"),
                    ]
                ),
            ],
            className="person",
        ),
        className="page-head",
    )


def consents(customer: Customer, zone: str) -> str:
    """What the customer said last about each purpose; silence is no consent."""
    said = [
        f"{formats.humanise(one.purpose.lower())} {'agreed' if one.granted else 'refused'} "
        f"on {formats.date(one.said_at, zone)}"
        for one in customer.consents
    ]
    return f"Consent: {' · '.join(said)}" if said else "Consent: nothing said yet"


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
    return state(
        "inbox", "Nothing happened yet", "What this customer does, and what is decided for it, will stand here."
    )


def more_button() -> html.Button:
    return html.Button("Show more", id={"type": "timeline-more", "where": "end"}, type="button", className="button")
