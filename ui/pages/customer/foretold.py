"""What is foretold of a customer: a column for each kind, at the horizon nearest to 30 days that has an answer."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.card import card
from ui.components.states import not_enough
from ui.pages.customer.data import Customer, Prediction
from ui.pages.predictive import words
from ui.pages.predictive.people import because
from ui.pages.predictive.query import DEFAULT_HORIZON, KINDS, PredictiveQuery

TITLES = {"churn": "Churn", "conversion": "Conversion", "value": "Value"}
UNKNOWN = "INSUFFICIENT_DATA"
MOST_REASONS = 3


def predictions(customer: Customer, zone: str) -> html.Section:
    columns = [
        _column(kind, one, customer)
        for kind in KINDS
        if (one := shown([each for each in customer.predictions if each.kind == KINDS[kind]])) is not None
    ]
    dates = [one.as_of for one in customer.predictions if one.as_of is not None]
    return card(
        "Predictions",
        html.Div(columns, className="panel-three"),
        subtitle="What is foretold of this customer, from what, and how often that came true.",
        footer=f"As of {formats.date_time(min(dates), zone)}" if dates else None,
    )


def shown(offered: Sequence[Prediction]) -> Prediction | None:
    """One with an answer before one without; then the one nearest to 30 days, the shorter first."""
    return min(
        offered,
        key=lambda one: (one.status == UNKNOWN, abs(one.horizon_days - DEFAULT_HORIZON), one.horizon_days),
        default=None,
    )


def _column(kind: str, one: Prediction, customer: Customer) -> html.Div:
    query = PredictiveQuery(kind, one.horizon_days, customer=customer.id)
    title = html.H3(f"{TITLES[kind]}, {one.horizon_days} days", className="panel-title")
    link = html.P(dcc.Link("Full explanation", href=query.href(), className="link"), className="panel-link")
    body = _missing(one) if one.status == UNKNOWN else _said(query, one, customer.total_spent.currency)
    return html.Div([title, *body, link], className="panel-column", id=f"prediction-{kind}")


def _missing(one: Prediction) -> list[Component]:
    need = one.data_need
    if need is None:
        return [html.P("Nothing can be foretold.", className="check-note")]
    if need.have >= need.need:
        return [html.P(f"Nothing can be foretold: it needs {need.what}.", className="check-note")]
    return [not_enough(need.need, need.have, need.what, "something can be foretold")]


def _said(query: PredictiveQuery, one: Prediction, currency: str) -> list[Component]:
    money = currency if query.is_value else None
    what = f"to come in {one.horizon_days} days" if query.is_value else f"chance of {words.outcome(query, one.model)}"
    interval = "" if one.interval is None else f"90% interval {words.bounds(one.interval, money)}"
    baseline = "The baseline: no model beat it clearly." if one.status == "BASELINE" else ""
    notes = [note for note in (interval, words.alike(one), _so_far(one, currency), baseline) if note]
    figure = html.Div(
        [html.P(words.estimate(one, currency), className="big-figure"), html.P(what, className="check-name")],
        className="score-line",
    )
    strongest = [html.Li(_reason(one, place, currency)) for place in range(min(MOST_REASONS, len(one.reasons)))]
    return [
        figure,
        *[html.P(note, className="check-note") for note in notes],
        *([html.Ul(strongest, className="panel-reasons")] if strongest else []),
    ]


def _so_far(one: Prediction, currency: str) -> str:
    return "" if one.historic_value is None else f"{formats.money(one.historic_value.amount, currency)} brought so far"


def _reason(one: Prediction, place: int, currency: str) -> list[Component | str] | str:
    """With its direction where it has one; the factors of a value have none."""
    reason = one.reasons[place]
    return words.reason(reason, currency) if reason.contribution is None else because(reason, currency)
