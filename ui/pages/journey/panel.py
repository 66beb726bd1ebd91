"""Who stands behind a figure, and the way of one of them: a panel over the right of the page."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.client import ApiError
from ui.components.attributes import aria
from ui.components.icon import icon
from ui.components.states import failed, skeleton, state
from ui.figures.journey import percent
from ui.pages.customers.layout import total
from ui.pages.journey import words
from ui.pages.journey.data import Chance, Customer, Outlook, Visits
from ui.pages.journey.query import STILL_HERE, JourneyQuery

HORIZONS = (7, 30, 90)


def frame(query: JourneyQuery) -> Component | None:
    if not query.has_panel:
        return None
    return html.Aside(
        html.Div(skeleton("the customers", "value", *["row"] * 8), id="journey-panel"),
        className="journey-panel",
        **aria(label="Behind the figure"),
    )


def visits(found: Visits, query: JourneyQuery, names: Mapping[str, str], zone: str) -> list[Component]:
    stage = names.get(query.stage or "", query.stage or "")
    led = {STILL_HERE: "still there"}.get(query.to or "", f"went on to {names.get(query.to or '', query.to)}")
    what = f"{stage}, {led}" if query.to else stage
    rows = [
        html.Tr(
            [
                html.Th(
                    dcc.Link(one.customer.name, href=query.change(customer=one.customer.id).address, className="link"),
                    scope="row",
                ),
                html.Td(formats.date(one.entered_at, zone), className="num"),
                html.Td(names.get(one.next_stage, one.next_stage) if one.next_stage else "still there"),
            ]
        )
        for one in found.nodes
    ]
    head = html.Tr(
        [html.Th("Customer", scope="col"), html.Th("Entered", scope="col", className="num"), html.Th("Then")]
    )
    more = found.page_info.has_next_page
    return [
        _head(what, f"{total(found.total_count)} entries in this range, newest first", query.closed().address),
        html.Table([html.Thead(head), html.Tbody(rows)], className="table table-dense")
        if rows
        else state("funnel", "Nobody", "No entries of this kind lie in the range."),
        html.Div(
            dcc.Link("Older entries", href=query.change(after=found.page_info.end_cursor).address, className="button"),
            className="journey-more",
        )
        if more
        else html.Div(),
    ]


def customer(found: Customer | None, query: JourneyQuery, names: Mapping[str, str], zone: str) -> list[Component]:
    back = query.change(customer=None).address
    if found is None:
        text = "No customer of this tenant has this address."
        return [_head("One customer", "", back), state("person-x", "There is no such customer", text)]
    way = found.journey
    where = "in no stage yet" if way.stage is None or way.since is None else _where(way.stage.name, way.since, zone)
    steps = [
        html.Li(
            [
                html.Span(icon("signpost-2"), className="timeline-icon"),
                html.Div(
                    [
                        html.P(names.get(step.stage, step.stage), className="timeline-title"),
                        html.P(
                            f"then {names.get(step.next_stage, step.next_stage)}" if step.next_stage else "still there",
                            className="timeline-text",
                        ),
                    ]
                ),
                html.Span(formats.date(step.entered_at, zone), className="timeline-time"),
            ]
        )
        for step in way.timeline.nodes
    ]
    full = dcc.Link("Open the customer's page", href=f"/customers/{quote(found.id, safe='')}", className="link")
    return [
        _head(found.name, where, back if query.stage else query.closed().address),
        html.H3("Where it may go next", className="journey-section"),
        outlook(way.next_stage),
        html.H3("The way so far", className="journey-section"),
        html.Ol(steps, className="timeline journey-timeline") if steps else html.P("Nothing yet.", className="soft"),
        html.P(full),
    ]


def _where(stage: str, since: datetime, zone: str) -> str:
    return f"in {stage} since {formats.date(since, zone)}"


def outlook(found: Outlook | None) -> Component:
    if found is None:
        return html.P("It is in no stage from which it could go on.", className="soft")
    if found.shortage is not None:
        return html.P(
            f"Not enough history yet: {words.needs(found.shortage, 'customers')} were ever in this stage.",
            className="soft",
        )
    if not found.chances:
        return html.P("Nobody has left this stage so far.", className="soft")
    by_stage: dict[str, dict[int, Chance]] = {}
    for chance in found.chances:
        by_stage.setdefault(chance.stage.name, {})[chance.horizon_days] = chance
    rows = [
        html.Tr([html.Th(name, scope="row"), *[_chance(chances.get(horizon)) for horizon in HORIZONS]])
        for name, chances in by_stage.items()
    ]
    head = html.Tr(
        [
            html.Th("Next stage", scope="col"),
            *[html.Th(f"{days} days", scope="col", className="num") for days in HORIZONS],
        ]
    )
    n = max(chance.n for chance in found.chances)
    return html.Div(
        [
            html.Table([html.Thead(head), html.Tbody(rows)], className="table table-dense"),
            html.P(
                f"Probability with its 95% interval, given the wait so far; {n:,} were watched that waited as long.",
                className="soft journey-note",
            ),
        ]
    )


def _chance(found: Chance | None) -> html.Td:
    if found is None:
        return html.Td(formats.ABSENT, className="num")
    interval = html.Span(words.interval(found.low, found.high), className="journey-interval")
    return html.Td([percent(found.probability), interval], className="num")


def could_not_load(error: ApiError, query: JourneyQuery) -> list[Component]:
    return [_head("Behind the figure", "", query.closed().address), failed("This list", error, "journey-panel")]


def _head(title: str, note: str, back: str) -> Component:
    close = dcc.Link(
        [icon("x-lg"), html.Span("Close", className="visually-hidden")],
        href=back,
        className="button button-icon",
        title="Close",
    )
    text = html.Div([html.H2(title, className="journey-panel-title"), html.P(note, className="page-meta")])
    return html.Header([text, close], className="journey-panel-head")
