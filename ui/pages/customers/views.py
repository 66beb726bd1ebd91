"""Saved views of the list: a menu to open them, and to save, share and forget one's own."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ui.components.attributes import aria
from ui.components.icon import icon
from ui.pages.customers.data import SavedView

DO = "customers-view-do"


def menu(views: Sequence[SavedView] | None) -> html.Details:
    """The list and the form to add to it stand apart, so that what is typed stays while the list is read again."""
    share: Any = [{"value": "shared", "label": "Everybody here may see it"}]
    form = html.Div(
        [
            html.Label(
                [
                    html.Span("Save what is shown as"),
                    dcc.Input(id="customers-view-name", type="text", value="", autoComplete="off", maxLength=80),
                ],
                className="filter-field",
            ),
            dcc.Checklist(id="customers-view-share", options=share, value=[], className="radios"),
            html.Button("Save", id={"type": DO, "do": "create", "on": ""}, type="button", className="button"),
            html.P(id="customers-view-said", role="status", className="field-hint"),
        ],
        className="view-form",
    )
    body = html.Div(
        [html.Div(listed(views), id="customers-view-list"), form], className="menu view-menu", id="view-menu"
    )
    return html.Details([html.Summary([icon("bookmark"), "Views"], className="button"), body], className="menu-holder")


def listed(views: Sequence[SavedView] | None) -> list[Component]:
    if views is None:
        return [html.P("Loading", className="menu-title")]
    if not views:
        return [html.P("No views yet. Set filters, give them a name, and find them here.", className="menu-title")]
    return [html.Ul([_row(one) for one in views], className="view-list")]


def _row(one: SavedView) -> html.Li:
    note = "Shared by you" if one.shared else "Only you see it"
    words = [html.Span(one.name), html.Span(note if one.mine else f"Shared by {one.owner}", className="view-note")]
    link = html.A(words, href=f"/customers?{one.query}", className="menu-link")
    return html.Li([link, *(_own(one) if one.mine else [])])


def _own(one: SavedView) -> list[Component]:
    turn = (
        ("unshare", "person", f"Keep {one.name} to yourself")
        if one.shared
        else ("share", "people", f"Show {one.name} to everybody here")
    )
    return [_button(*turn, one.id), _button("delete", "trash", f"Forget {one.name}", one.id)]


def _button(action: str, symbol: str, label: str, target: str) -> html.Button:
    return html.Button(
        icon(symbol),
        id={"type": DO, "do": action, "on": target},
        type="button",
        title=label,
        className="button button-icon",
        **aria(label=label),
    )
