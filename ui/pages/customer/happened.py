"""The rows of a customer's timeline: what each kind of entry says."""

from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.icon import icon
from ui.pages.customer.data import Conversation, CustomerAnswer, Decision, Event, Order, Score, StageVisit
from ui.pages.customer.timeline import Entry

FORETOLD: Final = {"CHURN": "churn", "CONVERSION": "conversion", "CLV": "value"}
BECAME: Final = {None: "", True: "it succeeded", False: "it did not succeed"}
Words = tuple[str, str, str, str]
"""Symbol, title, what is beside it, figure."""


def rows(entries: Sequence[Entry], answer: CustomerAnswer) -> list[Component]:
    return [_row(entry, answer) for entry in entries]


def _row(entry: Entry, answer: CustomerAnswer) -> html.Li:
    symbol, title, text, figure = _words(entry, answer)
    return html.Li(
        [
            html.Span(icon(symbol), className="timeline-icon"),
            html.Div(
                [html.P(title, className="timeline-title"), html.P(text, className="timeline-text") if text else None]
            ),
            html.Span(figure, className="timeline-figure"),
            html.Span(formats.date_time(entry.at, answer.tenant.time_zone), className="timeline-time"),
        ]
    )


def _words(entry: Entry, answer: CustomerAnswer) -> Words:
    item = entry.item
    if isinstance(item, Order):
        return _order(item)
    if isinstance(item, Conversation):
        return "chat-left-text", item.subject, _conversation(item), f"Rated {item.rating} of 5" if item.rating else ""
    if isinstance(item, Event):
        return "lightning", formats.humanise(item.name), f"from {item.source}", ""
    if isinstance(item, StageVisit):
        return _stage(item, answer)
    if isinstance(item, Decision):
        return _decision(item, answer)
    currency = answer.customer.total_spent.currency if answer.customer is not None else ""
    return "lightbulb", "Predictions worked out", " · ".join(_score(one, currency) for one in item.scores), ""


def _order(item: Order) -> Words:
    lines = item.lines.total_count.value
    symbol, kind = ("bag", "Order") if item.kind == "ORDER" else ("bag-x", "Cancellation")
    counted = f"{formats.integer(lines)} {'line' if lines == 1 else 'lines'}"
    amount = formats.money(item.total.amount, item.total.currency, cents=True)
    return symbol, f"{kind} {item.external_id}", counted, amount


def _conversation(item: Conversation) -> str:
    count = item.messages.total_count.value
    messages = f"{formats.integer(count)} {'message' if count == 1 else 'messages'}"
    return f"Conversation by {item.channel} · {messages} · {'closed' if item.closed_at else 'open'}"


def _stage(item: StageVisit, answer: CustomerAnswer) -> Words:
    name = answer.stage_names.get(item.stage, formats.humanise(item.stage))
    zone = answer.tenant.time_zone
    until = "Still in this stage" if item.left_at is None else f"Left it on {formats.date(item.left_at, zone)}"
    return "signpost-split", f"Entered {name}", until, ""


def _decision(item: Decision, answer: CustomerAnswer) -> Words:
    symbol, word = ("check2-circle", "accepted") if item.decided == "ACCEPT" else ("x-circle", "dismissed")
    name = answer.action_names.get(item.action, formats.humanise(item.action))
    worth = formats.money(item.expected_value.amount, item.expected_value.currency, cents=True)
    notes = [f"by {item.decided_by}", f"{formats.probability(item.probability)} chance", BECAME[item.succeeded]]
    return symbol, f"{name} {word}", " · ".join(note for note in notes if note), f"{worth} expected"


def _score(one: Score, currency: str) -> str:
    known = None if one.value is None else formats.money(one.value.amount, currency)
    if known is None:
        known = formats.ABSENT if one.probability is None else formats.probability(one.probability)
    return f"{FORETOLD[one.kind]} in {one.horizon_days} days {known}"
