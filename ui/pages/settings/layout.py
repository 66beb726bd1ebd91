"""The Settings page's frame: its tabs, what a change said, and the list that stands in it."""

import json
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.client import ApiError
from ui.components.choices import address_store, pager, segments
from ui.components.icon import icon
from ui.components.states import failed, not_permitted, skeleton
from ui.pages.settings import tabs
from ui.pages.settings.query import DEFAULT_TAB, TABS, UNPAGED, SettingsQuery

MANAGED_BY: Final = {"journey": "settings:manage", "webhooks": "integrations:manage"}
"""What these tabs show, others may read elsewhere; what they offer needs this."""
LIST_AT: Final = {"webhooks": 1}
"""Which of a tab's cards holds the list that is paged; the first unless it stands here."""


def page(query: SettingsQuery, asked: dict[str, object]) -> html.Div:
    return html.Div(
        [
            *address_store("settings-query", asked),
            dcc.Store(id="settings-refresh"),
            html.Header(html.H1("Settings", tabIndex="-1", id="page-title"), className="page-head"),
            segments("Settings", "tab", TABS, query.tab, DEFAULT_TAB),
            html.Div(id="settings-said", role="status"),
            html.Div(
                html.Section(skeleton("settings", *["row"] * 8), className="card settings-loading"),
                id="settings-body",
                className="customer-body",
            ),
        ],
        className="page",
    )


def body(answer: Any, query: SettingsQuery) -> list[Component]:
    needed = MANAGED_BY.get(query.tab)
    if needed is not None and needed not in answer.me.permissions:
        return [refused_tab(needed)]
    cards = tabs.TABS[query.tab](answer, query)
    if query.tab in UNPAGED:
        return cards
    info, count = answer.page.page_info, answer.page.total_count
    if not (info.has_previous_page or info.has_next_page):
        return cards
    many = f"at least {formats.integer(count.value)}" if count.precision == "AT_LEAST" else formats.integer(count.value)
    steps = pager(
        info.start_cursor,
        info.end_cursor,
        has_previous=info.has_previous_page,
        has_next=info.has_next_page,
        text=f"{many} in all",
    )
    here = LIST_AT.get(query.tab, 0) + 1
    return [*cards[:here], steps, *cards[here:]]


def could_not_load(error: ApiError) -> html.Section:
    if error.code == "FORBIDDEN":
        return refused_tab("settings:manage")
    return html.Section(failed("The settings", error, "settings"), className="card")


def refused_tab(permission: str) -> html.Section:
    own = html.P(dcc.Link("Your own account", href="/settings?tab=account"), className="settings-own")
    return html.Section([not_permitted(permission, "admin"), own], className="card")


def said(text: str) -> html.Div:
    return html.Div([icon("check-circle"), html.Span(text)], className="notice notice-good")


def refused(text: str) -> html.Div:
    return html.Div([icon("exclamation-octagon"), html.Span(text)], className="notice notice-bad", role="alert")


def once(text: str, secret: str, hint: str) -> html.Div:
    """A link or a key, which nobody can read again."""
    return html.Div(
        [
            icon("key"),
            html.Span([html.B(f"{text} "), hint, html.Br(), html.Code(secret, className="settings-secret")]),
            dcc.Clipboard(content=secret, title="Copy", className="button button-icon"),
        ],
        className="notice notice-good",
    )


def shown(text: str, body: str) -> html.Div:
    """A message of the API's, laid out for reading when it is JSON."""
    return html.Div(
        [icon("check-circle"), html.Span([html.B(text), html.Pre(_indented(body), className="settings-body-shown")])],
        className="notice notice-good",
    )


def _indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
