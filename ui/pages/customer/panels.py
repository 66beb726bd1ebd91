"""What other parts of the product know of a customer, each a panel of its own, in rows."""

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.states import state
from ui.pages.customer.actions import next_best_actions
from ui.pages.customer.data import Customer, CustomerAnswer, InSegment, Rfm
from ui.pages.customer.foretold import predictions
from ui.pages.journey.panel import outlook
from ui.pages.segmentation.words import segment_name

WHY = "customer-why"
METHODS = {"RFM": "rfm", "KMEANS": "kmeans", "RULE": "rules"}
KINDS = {"RFM": "RFM", "KMEANS": "K-means", "RULE": "Rule"}
FIFTHS = 5


def panels(answer: CustomerAnswer, customer: Customer) -> list[Component]:
    zone = answer.tenant.time_zone
    return [
        html.Div([next_best_actions(answer, customer), journey(customer, zone)], className="panel-pair"),
        predictions(customer, zone),
        html.Div([rfm(customer, zone), segments(customer, zone)], className="panel-pair"),
        html.Div(id="customer-why", className="customer-why", **aria(live="polite")),
    ]


def rfm(customer: Customer, zone: str) -> html.Section:
    found = customer.rfm
    if found is None:
        link = dcc.Link("Customer segmentation", href="/segments", className="button")
        return card("RFM", state("grid-3x3", "No RFM version yet", "A version gives each customer its scores.", [link]))
    return card(
        "RFM",
        html.Div([html.P(segment_name(found.label), className="big-label"), _scores(found)]),
        subtitle="Recency, frequency and money, in fifths of all customers; 5 is the best.",
        footer=f"As of {formats.date_time(found.as_of, zone)}",
    )


def _scores(found: Rfm) -> Component:
    scores = (("Recency", found.recency), ("Frequency", found.frequency), ("Money", found.monetary))
    if any(score is None for _, score in scores):
        return html.P("No purchase yet, so there is nothing to score.", className="check-note")
    rows = [html.Div([html.Dt(name), html.Dd([_ticks(score or 0), f"{score} of 5"])]) for name, score in scores]
    return html.Dl(rows, className="pairs")


def _ticks(score: int) -> html.Span:
    """Five marks, of which as many are full as the score says; the number stands beside them."""
    marks = [html.I(className="tick tick-full" if number < score else "tick") for number in range(FIFTHS)]
    return html.Span(marks, className="ticks", **aria(hidden="true"))


def segments(customer: Customer, zone: str) -> html.Section:
    if not customer.segments:
        text = "This customer is in no segment of RFM, K-means or rules."
        return card("Segments", state("people", "In no segment", text))
    rows = [_segment(one, customer, zone) for one in customer.segments]
    return card("Segments", html.Ul(rows, className="panel-rows"), subtitle="At most one of each method, and rules.")


def _segment(one: InSegment, customer: Customer, zone: str) -> html.Li:
    name = segment_name(one.name)
    href = f"/segments?{urlencode({'method': METHODS[one.kind], 'segment': one.segment_id})}"
    why = html.Button(
        "Why?",
        id={"type": WHY, "segment": one.segment_id},
        type="button",
        className="button button-quiet",
        **aria(label=f"Why is {customer.name} in {name}?"),
    )
    return html.Li(
        [
            html.Div(
                [
                    html.P(dcc.Link(name, href=href, className="link"), className="check-name"),
                    html.P(f"{KINDS[one.kind]} · since {formats.date(one.since, zone)}", className="check-note"),
                ]
            ),
            why,
        ]
    )


def journey(customer: Customer, zone: str) -> html.Section:
    way = customer.journey
    if way is None or way.stage is None or way.since is None:
        text = "It enters a stage with the first event or order that moves it."
        return card("Journey", state("signpost-split", "In no stage yet", text))
    since = f"in this stage since {formats.date(way.since, zone)}"
    parts: Sequence[Component] = [
        html.Div(
            [html.P(way.stage.name, className="big-label"), html.P(since, className="check-note")],
            className="panel-lead",
        ),
        outlook(way.next_stage),
    ]
    link = dcc.Link("Its whole way", href=f"/journeys?{urlencode({'customer': customer.id})}", className="link")
    return card("Journey", html.Div(parts), subtitle="Where it is, and where it may go next.", footer=link)
