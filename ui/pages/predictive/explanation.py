"""Why one customer got this score: signed parts that add up to it, and what became of customers like him."""

from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.card import card
from ui.components.chart import Chart, chart_card, graph
from ui.components.states import state
from ui.components.twin import Cell, Column, Row, Twin
from ui.figures.predictions import Step, reasons_figure
from ui.pages.predictive import words
from ui.pages.predictive.data import Foretold, PredictiveAnswer
from ui.pages.predictive.query import PredictiveQuery
from ui.theme import Theme


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
        return _reasons(query, answer, who.name, found, link, theme)
    return card(f"Why {who.name}?", content, subtitle=link, footer=foot, class_name="explanation")


def _reasons(
    query: PredictiveQuery, answer: PredictiveAnswer, name: str, found: Foretold, link: Component, theme: Theme
) -> html.Section:
    assert found.base is not None
    currency, model = answer.tenant.currency, answer.summary.model
    steps = [Step(words.reason(one, currency), one.contribution or 0.0) for one in found.reasons]
    said = words.estimate(found, currency)
    score = html.Div(
        [
            html.P(said, className="big-figure"),
            html.Div(
                [
                    html.P(f"chance of {words.outcome(query, model)}", className="check-name"),
                    html.P(words.alike(found), className="check-note"),
                ]
            ),
        ],
        className="score-line",
    )
    legend = html.P(
        [
            html.Span([html.I(className="key key-raises"), "raises the probability"]),
            html.Span([html.I(className="key key-lowers"), "lowers it"]),
            link,
        ],
        className="legend",
    )
    drawing = graph("predictive-reasons", reasons_figure(found.base, steps, theme), f"What moved this score to {said}")
    rows = [Row([Cell("Average customer"), Cell(_signed(found.base), found.base)])]
    rows += [Row([Cell(one.label), Cell(_signed(one.part), one.part)]) for one in steps]
    chart = Chart(
        name="reasons",
        title=f"Why {name}?",
        unit="log-odds",
        sentence=words.strongest(found, currency),
        as_of=found.as_of or answer.tenant.now,
        time_zone=answer.tenant.time_zone,
        twin=Twin([Column("Reason"), Column("Log-odds", number=True)], rows),
        note=f"{_sum(found)}.",
        no_drill="Behind it is one customer, who is named.",
    )
    body = html.Div([score, legend, html.Div(drawing, className="reasons-graph")])
    return chart_card(chart, body, height="own", class_name="explanation")


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
