"""A range of days of one's own: `assets/22-query.js` puts it into the address and opens the page anew."""

from dash import dcc, html
from dash.development.base_component import Component

from ui import ranges
from ui.components.attributes import aria, data
from ui.components.icon import icon


def custom_range(chosen: str) -> html.Details:
    """`chosen` is the range in the address."""
    days, said = ranges.days_of(chosen), ranges.said(chosen)
    first, last = ("", "") if days is None else (day.isoformat() for day in days)
    menu = html.Div(
        [
            html.P("Days of your time zone, both included", className="menu-title"),
            _day("From", "first", first),
            _day("To", "last", last),
            html.P(className="range-problem", role="alert"),
            html.Button(
                "Show", type="button", className="button button-primary button-wide", **data(range_show="range")
            ),
        ],
        className="menu range-menu",
    )
    label: list[Component | str] = [icon("calendar3"), said or "Other days"]
    return html.Details(
        [html.Summary(label, className="button range-chosen" if said else "button"), menu],
        className="menu-holder",
        **aria(label="Other days"),
    )


def _day(label: str, name: str, value: str) -> html.Label:
    field = dcc.Input(type="text", value=value, placeholder="2026-01-31", maxLength=10, autoComplete="off")
    return html.Label([html.Span(label), field], className="filter-field", **data(range_day=name))
