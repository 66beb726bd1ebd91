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


def text_filter(label: str, name: str, value: str, example: str, *, scale: int = 1) -> html.Label:
    """Asked for when it is left or Enter is pressed. The address holds `scale` times what is typed, a whole number."""
    shown = f"{int(value) / scale:g}" if scale != 1 and value.removeprefix("-").isdecimal() else value
    field = dcc.Input(type="text", value=shown, placeholder=example, autoComplete="off", maxLength=200)
    return html.Label(
        [html.Span(label), field], className="filter-field", **data(query_text=name, query_scale=str(scale))
    )


def pager(start: str | None, end: str | None, *, has_previous: bool, has_next: bool, text: str) -> html.Div:
    """Previous and next by cursor, in the address too."""
    return html.Div(
        [
            html.Span(text, className="pager-text"),
            _step("chevron-left", "Previous page", "before", start if has_previous else None),
            _step("chevron-right", "Next page", "after", end if has_next else None),
        ],
        className="pager",
    )


def _step(symbol: str, label: str, name: str, cursor: str | None) -> html.Button:
    other = "after" if name == "before" else "before"
    return html.Button(
        icon(symbol),
        type="button",
        className="button button-icon",
        disabled=cursor is None,
        title=label,
        **aria(label=label),
        **data(query_turn=name, query_to=cursor or "", query_drop=other),
    )
