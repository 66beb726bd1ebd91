"""The list of customers with what is foretold of each, and its strongest reason."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import empty
from ui.pages.predictive import words
from ui.pages.predictive.data import ForetoldRow, PredictiveAnswer, Reason
from ui.pages.predictive.query import PredictiveQuery

TITLES = {
    "churn": "Customers likely to leave",
    "conversion": "Customers likely to go on",
    "value": "Most valuable ahead",
}


def people(query: PredictiveQuery, answer: PredictiveAnswer) -> html.Section:
    found = answer.predictions
    chosen = answer.chosen
    if not found.nodes:
        content: Component = empty("predictions", "Customers are scored in a moment.", "0 scored so far.")
    else:
        rows = [
            _row(query, row, answer.tenant.currency, None if chosen is None else chosen[0].id) for row in found.nodes
        ]
        content = html.Table([_head(query), html.Tbody(rows)], className="table table-links predictive-people")
    order = (
        "Highest value first."
        if query.is_value
        else f"Chance of {words.outcome(query, answer.summary.model)}, highest first."
    )
    return card(TITLES[query.kind], content, subtitle=order, footer=_pager(query, answer))


def _head(query: PredictiveQuery) -> html.Thead:
    columns = [("Customer", ""), (words.column(query), "num"), ("90% interval", "num wide-only")]
    columns += [("Purchases", "num wide-only"), ("So far", "num")] if query.is_value else [("Strongest reason", "")]
    return html.Thead(html.Tr([html.Th(name, scope="col", className=style) for name, style in columns]))


def _row(query: PredictiveQuery, row: ForetoldRow, currency: str, chosen: str | None) -> html.Tr:
    who = row.customer
    name: Any = (
        formats.ABSENT if who is None else dcc.Link(who.name, href=query.href(customer=who.id), className="row-link")
    )
    cells = [
        html.Th(name, scope="row"),
        html.Td(words.estimate(row, currency), className="num"),
        html.Td(words.bounds(row.interval, currency if query.is_value else None), className="num wide-only"),
    ]
    if query.is_value:
        bought = formats.ABSENT if row.expected_purchases is None else formats.tenth(row.expected_purchases)
        historic = formats.ABSENT if row.historic_value is None else formats.money(row.historic_value.amount, currency)
        cells += [html.Td(bought, className="num wide-only"), html.Td(historic, className="num")]
    else:
        cells.append(html.Td(_strongest(row, currency), className="reason-cell"))
    here = who is not None and who.id == chosen
    return html.Tr(cells, className="row-here" if here else None, **(aria(current="true") if here else {}))


def _strongest(row: ForetoldRow, currency: str) -> list[Component | str] | str:
    if not row.reasons or row.reasons[0].contribution is None:
        return formats.ABSENT
    return because(row.reasons[0], currency)


def because(first: Reason, currency: str) -> list[Component | str]:
    """A reason, and which way it moved the score."""
    up = (first.contribution or 0) > 0
    label = "raises" if up else "lowers"
    return [
        icon("arrow-up" if up else "arrow-down"),
        html.Span(f"{label}: ", className="visually-hidden"),
        words.reason(first, currency),
    ]


def _pager(query: PredictiveQuery, answer: PredictiveAnswer) -> html.Div:
    info, total = answer.predictions.page_info, answer.predictions.total_count
    count = f"{formats.integer(total.value)}{'+' if total.precision == 'AT_LEAST' else ''} customers"
    before = query.href(before=info.start_cursor, after=None, customer=None)
    after = query.href(after=info.end_cursor, before=None, customer=None)
    return html.Div(
        [
            html.Span(count, className="pager-text"),
            _step("chevron-left", "Previous page", before if info.has_previous_page else None),
            _step("chevron-right", "Next page", after if info.has_next_page else None),
        ],
        className="pager",
    )


def _step(symbol: str, label: str, href: str | None) -> Component:
    if href is None:
        return html.Button(
            icon(symbol), disabled=True, type="button", className="button button-icon", **aria(label=label)
        )
    return dcc.Link(
        [icon(symbol), html.Span(label, className="visually-hidden")],
        href=href,
        className="button button-icon",
        title=label,
    )
