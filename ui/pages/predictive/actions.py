"""The best open action of each customer, by expected value, with the buttons for those who may decide."""

from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import empty, skeleton
from ui.pages.customer.actions import OUTCOMES
from ui.pages.predictive.actions_data import ActionsAnswer, ProposedAction

DECIDE, PREVIOUS, NEXT = "predictive-decide", "predictive-actions-previous", "predictive-actions-next"


def place() -> html.Section:
    """Stands there from the first frame."""
    return card(
        "Next best actions",
        [
            html.Div(id="predictive-actions-told", role="status"),
            html.Div(skeleton("actions", *["row"] * 6), id="predictive-actions-body", className="scroll-x"),
        ],
        subtitle="The best open action of each customer by expected value: probability times value, less cost. What an "
        "action adds is another question.",
        footer=html.Div(pager(None), id="predictive-actions-pager"),
    )


def listed(answer: ActionsAnswer) -> Component:
    found = answer.actions.nodes
    if not found:
        return empty(
            "open actions",
            "Each is blocked for each customer: too little data, quiet hours, caps or no consent.",
            "A customer's page says which.",
        )
    names = [("Customer", ""), ("Action", ""), ("Chance", "num wide-only"), ("Expected", "num")]
    head = [html.Th(name, scope="col", className=style) for name, style in names]
    if answer.may_decide:
        head.append(html.Th(html.Span("Decide", className="visually-hidden"), scope="col"))
    rows = [_row(one, may_decide=answer.may_decide) for one in found]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table predictive-actions")


def _row(one: ProposedAction, *, may_decide: bool) -> html.Tr:
    who = one.customer
    chance = formats.ABSENT if one.probability is None else formats.probability(one.probability)
    money = one.expected_value
    value = formats.ABSENT if money is None else formats.money(money.amount, money.currency, cents=True)
    cells = [
        html.Th(dcc.Link(who.name, href=f"/customers/{quote(who.id, safe='')}", className="link"), scope="row"),
        html.Td(
            [
                html.P(f"{one.action.name}, by {one.action.channel}", className="check-name"),
                *([html.P(one.explanation, className="check-note")] if one.explanation else []),
            ]
        ),
        html.Td(
            [
                html.P(chance, className="check-name"),
                html.P(OUTCOMES.get(one.action.outcome, "chance of success"), className="check-note"),
            ],
            className="num wide-only",
        ),
        html.Td(value, className="num"),
    ]
    if may_decide:
        buttons = [_button(one, "ACCEPT", "Accept"), _button(one, "DISMISS", "Dismiss")]
        cells.append(html.Td(html.Div(buttons, className="panel-buttons")))
    return html.Tr(cells)


def _button(one: ProposedAction, decided: str, word: str) -> html.Button:
    return html.Button(
        word,
        id={"type": DECIDE, "customer": one.customer.id, "action": one.action.code, "decided": decided},
        type="button",
        className="button",
        **aria(label=f"{word} for {one.customer.name}: {one.action.name}"),
    )


def pager(answer: ActionsAnswer | None) -> html.Div:
    """Without an answer it stands there disabled."""
    info = None if answer is None else answer.actions.page_info
    count = ""
    if answer is not None:
        total = answer.actions.total_count
        more = "+" if total.precision == "AT_LEAST" else ""
        count = f"{formats.integer(total.value)}{more} {'customer' if total.value == 1 else 'customers'}"
    return html.Div(
        [
            html.Span(count, className="pager-text"),
            _step(PREVIOUS, "chevron-left", "Previous actions", enabled=info is not None and info.has_previous_page),
            _step(NEXT, "chevron-right", "Next actions", enabled=info is not None and info.has_next_page),
        ],
        className="pager",
    )


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
