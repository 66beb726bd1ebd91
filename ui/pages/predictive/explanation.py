"""Why one customer got this score: signed parts that add up to it, and what became of customers like him."""

from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.states import state
from ui.figures.predictions import Step, reasons_figure
from ui.pages.predictive import words
from ui.pages.predictive.data import Foretold, Model, PredictiveAnswer
from ui.pages.predictive.query import PredictiveQuery
from ui.theme import Theme

GRAPH_CONFIG: Any = {"displayModeBar": False, "responsive": True}


def explanation(query: PredictiveQuery, answer: PredictiveAnswer, theme: Theme) -> html.Section:
    if answer.chosen is None:
        return card("Why?", state("person", "Nobody to explain", "Choose a customer of the list."))
    who, found = answer.chosen
    link = dcc.Link("Open the customer", href=f"/customers/{quote(who.id, safe='')}")
    currency = answer.tenant.currency
    if found.status == "INSUFFICIENT_DATA":
        need = found.data_need
        text = "" if need is None else f"Needs {need.need:,} {need.what}; {need.have:,} there."
        content: Component = state("hourglass", "Nothing can be foretold", text)
        foot: Any = ""
    elif query.is_value:
        content, foot = _factors(found, currency, query.days), "Expected purchases × mean value × share that stays"
    else:
        content, foot = _reasons(query, found, answer.summary.model, currency, theme), _sum(found)
    return card(f"Why {who.name}?", content, subtitle=link, footer=foot, class_name="explanation")


def _reasons(query: PredictiveQuery, found: Foretold, model: Model | None, currency: str, theme: Theme) -> html.Div:
    assert found.base is not None
    steps = [Step(words.reason(one, currency), one.contribution or 0.0) for one in found.reasons]
    rows = [html.Tr([html.Th(one.label, scope="row"), html.Td(_signed(one.part), className="num")]) for one in steps]
    return html.Div(
        [
            html.Div(
                [
                    html.P(words.estimate(found, currency), className="big-figure"),
                    html.Div(
                        [
                            html.P(f"chance of {words.outcome(query, model)}", className="check-name"),
                            html.P(words.alike(found), className="check-note"),
                        ]
                    ),
                ],
                className="score-line",
            ),
            html.P(
                [
                    html.Span([html.I(className="key key-raises"), "raises the probability"]),
                    html.Span([html.I(className="key key-lowers"), "lowers it"]),
                ],
                className="legend",
            ),
            html.Div(
                html.Div(
                    dcc.Graph(
                        id="predictive-reasons", figure=reasons_figure(found.base, steps, theme), config=GRAPH_CONFIG
                    ),
                    className="reasons-graph",
                ),
                role="figure",
                **aria(label=f"What moved this score to {words.estimate(found, currency)}"),
            ),
            html.Details(
                [
                    html.Summary("As a table"),
                    html.Table(html.Tbody(rows), className="table table-dense"),
                ],
                className="twin-details",
            ),
        ]
    )


def _factors(found: Foretold, currency: str, days: int) -> html.Div:
    rows = [
        html.Div([html.Dt(words.feature(one.feature)), html.Dd(words.value_of(one, currency))]) for one in found.reasons
    ]
    historic = found.historic_value
    if historic is not None:
        rows.append(html.Div([html.Dt("Brought so far"), html.Dd(formats.money(historic.amount, currency))]))
    if historic is not None and found.value is not None:
        total = formats.money(historic.amount + found.value.amount, currency)
        rows.append(html.Div([html.Dt("So far and to come"), html.Dd(total)]))
    likely = (
        ""
        if found.interval is None
        else f"Between {words.bounds(found.interval, currency).replace('–', ' and ')} with 90%."
    )
    return html.Div(
        [
            html.Div(
                [
                    html.P(words.estimate(found, currency), className="big-figure"),
                    html.Div(
                        [
                            html.P(f"to come in {days} days", className="check-name"),
                            html.P(likely, className="check-note"),
                        ]
                    ),
                ],
                className="score-line",
            ),
            html.Dl(rows, className="pairs"),
        ]
    )


def _sum(found: Foretold) -> str:
    base = found.base or 0.0
    moved = sum(one.contribution or 0.0 for one in found.reasons)
    return (
        f"Sum: {_signed(base)} {_signed(moved)} = {_signed(base + moved)} log-odds = {words.estimate(found, '')}. "
        "What moved this score, not why somebody leaves"
    )


def _signed(part: float) -> str:
    return f"{'+' if part >= 0 else formats.MINUS}{abs(part):.2f}"
