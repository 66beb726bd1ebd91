"""Filters that live in the address. `assets/22-query.js` writes it and hands the page what stands there."""

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from ui.components.attributes import aria, data
from ui.components.icon import icon


def address_store(store: str, asked: Mapping[str, object]) -> list[Component]:
    """A store that follows the query string while its page is open; its callbacks read and check it."""
    return [
        dcc.Store(id=store, data={name: value for name, value in asked.items() if isinstance(value, str)}),
        html.Div(hidden=True, **data(query_store=store)),
    ]


def segments(label: str, name: str, options: Mapping[str, str], chosen: str, default: str) -> html.Div:
    """One of a few, side by side."""
    buttons = [
        html.Button(
            [html.Span(className="choice-mark", **aria(hidden="true")), text],
            type="button",
            className="choice",
            **aria(pressed="true" if value == chosen else "false"),
            **data(query_name=name, query_value=value, query_default=default),
        )
        for value, text in options.items()
    ]
    return html.Div(buttons, role="group", className="page-tools segments", **aria(label=label))


def select(label: str, name: str, options: Sequence[tuple[str, str]], chosen: str) -> html.Label:
    """One of many; the empty value asks for nothing."""
    choices = [html.Option(text, value=value) for value, text in options]
    field = html.Select(choices, className="input", **data(query_select=name, query_chosen=chosen))
    return html.Label([html.Span(label), field], className="filter-field")


def chip(text: str, names: Sequence[str]) -> html.Button:
    """A filter that is set; a click takes it away."""
    return html.Button(
        [html.Span(text), icon("x")],
        type="button",
        className="chip",
        **aria(label=f"Remove the filter: {text}"),
        **data(query_clear=",".join(names)),
    )
