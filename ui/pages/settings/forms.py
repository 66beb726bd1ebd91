"""The forms of the Settings page, and the buttons that its one callback listens to."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ui.components.attributes import aria
from ui.components.icon import icon

ACT, FIELD = "settings-act", "settings-field"


def act(action: str, label: str, target: str = "", *, symbol: str = "", look: str = "button") -> html.Button:
    children: list[Component | str] = [icon(symbol), label] if symbol else [label]
    return html.Button(children, id={"type": ACT, "do": action, "on": target}, type="button", className=look)


def row_menu(label: str, actions: Sequence[tuple[str, str]], target: str) -> html.Details:
    """What can be done with a row; two clicks, so that nothing happens by a slip."""
    items = [act(action, text, target, look="menu-link") for action, text in actions]
    summary = html.Summary(icon("three-dots"), className="button button-icon", **aria(label=label))
    return html.Details([summary, html.Div(items, className="menu")], className="menu-holder")


def field(
    name: str, label: str, *, value: str = "", hint: str = "", disabled: bool = False, longest: int = 200
) -> html.Label:
    control = dcc.Input(
        id={"type": FIELD, "name": name},
        type="text",
        value=value,
        disabled=disabled,
        autoComplete="off",
        maxLength=longest,
    )
    return _labelled(label, control, hint)


def password(name: str, label: str, *, kind: str, hint: str = "") -> html.Label:
    """`kind` tells the browser's password manager whether it is the one it knows or a new one."""
    control = dcc.Input(id={"type": FIELD, "name": name}, type="password", value="", autoComplete=kind, maxLength=256)
    return _labelled(label, control, hint)


def area(name: str, label: str, *, placeholder: str) -> html.Label:
    control = dcc.Textarea(id={"type": FIELD, "name": name}, placeholder=placeholder, className="input area", rows=6)
    return _labelled(label, control, "")


def choice(name: str, label: str, options: Sequence[tuple[str, str]], value: str) -> html.Div:
    given: Any = [{"value": key, "label": text} for key, text in options]
    # Not a dropdown: Dash's has a field that is hidden from screen readers and takes the focus all the same.
    control = dcc.RadioItems(id={"type": FIELD, "name": name}, options=given, value=value, inline=True)
    return html.Div([html.Span(label), control], className="filter-field radios", role="group", **aria(label=label))


def choices(name: str, label: str, options: Sequence[tuple[str, str]], hint: str = "") -> html.Div:
    """Any number of them; none to begin with."""
    given: Any = [{"value": key, "label": text} for key, text in options]
    control = dcc.Checklist(id={"type": FIELD, "name": name}, options=given, value=[], inline=True)
    note = html.Span(hint, className="field-hint") if hint else None
    return html.Div(
        [html.Span(label), control, note], className="filter-field radios wide-field", role="group", **aria(label=label)
    )


def form(fields: Sequence[Component], button: Component) -> html.Div:
    return html.Div([*fields, button], className="settings-form")


def _labelled(label: str, control: Component, hint: str) -> html.Label:
    note = html.Span(hint, className="field-hint") if hint else None
    return html.Label([html.Span(label), control, note], className="filter-field")
