"""What to do next for a customer, with the buttons for those who may decide."""

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import state
from ui.pages.customer.data import Customer, CustomerAnswer, NextAction

DECIDE = "customer-decide"
BLOCKS: Mapping[str, str] = {
    "HELD_OUT": "held out, so that the effect of actions can be measured",
    "NOT_ELIGIBLE": "does not fit the action",
    "NO_CONSENT": "has not agreed to be approached on this channel",
    "QUIET_HOURS": "nobody is approached in the quiet hours",
    "DAILY_CAP": "the daily cap is reached",
    "WEEKLY_CAP": "the weekly cap for this customer is reached",
    "COOL_DOWN": "accepted not long ago",
    "INSUFFICIENT_DATA": "too little data to tell what it may bring",
    "NO_VALUE": "not expected to bring more than it costs",
}
OUTCOMES: Mapping[str, str] = {
    "ORDER": "chance of an order",
    "STAY": "chance of staying",
    "ADVANCE": "chance of going on",
}


def next_best_actions(answer: CustomerAnswer, customer: Customer) -> html.Section:
    return card(
        "Next best actions",
        html.Div(listed(answer, customer), id="customer-actions"),
        subtitle="By expected value: probability times value, less cost. What an action adds is another question.",
    )


def listed(answer: CustomerAnswer, customer: Customer, told: Component | None = None) -> list[Component]:
    """`told` is what became of the last decision."""
    found = customer.next_best_actions
    open_now = [one for one in found if one.block is None]
    blocked = [one for one in found if one.block is not None]
    parts: list[Component] = [] if told is None else [told]
    if open_now:
        rows = [_open(one, may_decide=answer.may_decide) for one in open_now]
        parts.append(html.Ul(rows, className="panel-rows"))
    elif any(one.block == "HELD_OUT" for one in blocked):
        text = "Nothing is proposed, so that the effect of actions on the others can be measured."
        return [*parts, state("shield-slash", "This customer is held out", text)]
    else:
        parts.append(state("lightbulb", "Nothing to propose now", "Each action is blocked; the reasons stand below."))
    if blocked:
        parts.append(_blocked(blocked, is_all=not open_now))
    return parts


def accepted(name: str) -> Component:
    return _told(f"Accepted: {name}.")


def dismissed(name: str) -> Component:
    return _told(f"Dismissed: {name}. This is on record; it may be proposed again.")


def _told(text: str) -> Component:
    return html.Div([icon("check-circle-fill"), html.Span(text)], className="notice notice-good")


def _open(one: NextAction, *, may_decide: bool) -> html.Li:
    name: list[Component | str] = [one.action.name]
    if one.recommended:
        name.append(html.Span([icon("star-fill"), "Recommended"], className="badge badge-info"))
    notes = [f"by {one.action.channel}", *_chance(one)]
    value = formats.ABSENT
    if one.expected_value is not None:
        value = formats.money(one.expected_value.amount, one.expected_value.currency, cents=True)
    buttons = html.Div([_button(one, "ACCEPT"), _button(one, "DISMISS")], className="panel-buttons")
    return html.Li(
        [
            html.Div(
                [
                    html.P(name, className="check-name"),
                    html.P(" · ".join(notes), className="check-note"),
                    *([html.P(one.explanation, className="check-note")] if one.explanation else []),
                ]
            ),
            html.Div(
                [html.P(value, className="check-name"), html.P("expected", className="check-note")],
                className="panel-figure",
            ),
            *([buttons] if may_decide else []),
        ]
    )


def _chance(one: NextAction) -> list[str]:
    if one.probability is None:
        return []
    words = OUTCOMES.get(one.action.outcome, "chance of success")
    return [f"{formats.probability(one.probability)} {words} within 30 days"]


def _button(one: NextAction, decided: str) -> html.Button:
    word = "Accept" if decided == "ACCEPT" else "Dismiss"
    return html.Button(
        word,
        id={"type": DECIDE, "action": one.action.code, "decided": decided},
        type="button",
        className="button button-primary" if decided == "ACCEPT" else "button",
        **aria(label=f"{word}: {one.action.name}"),
    )


def _blocked(found: list[NextAction], *, is_all: bool) -> html.Details:
    rows = [
        html.Div([html.Dt(one.action.name), html.Dd(BLOCKS.get(one.block or "", formats.humanise(one.block or "")))])
        for one in found
    ]
    summary = html.Summary(f"{len(found)} blocked, and why")
    return html.Details([summary, html.Dl(rows, className="pairs")], className="twin-details", open=is_all)
