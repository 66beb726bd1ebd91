"""The frame around every page. It is static; who is logged in is filled in by `shell_callbacks`."""

import dash
from dash import dcc, html
from dash.development.base_component import Component

from ui import drill, formats
from ui.components.attributes import aria
from ui.components.badge import synthetic_tag
from ui.components.icon import icon
from ui.records import Replay, Status, Tenant, User

REFRESH_MILLISECONDS = 30_000
NAVIGATION = (
    (
        "Analytics",
        (
            ("/", "activity", "Real-time analytics"),
            ("/live-metrics", "broadcast", "Live metrics"),
            ("/segments", "people-fill", "Customer segmentation"),
            ("/journeys", "signpost-split", "Journey mapping"),
            ("/predictive", "lightbulb", "Predictive insights"),
        ),
    ),
    ("Work", (("/customers", "people", "Customers"), ("/imports", "database-add", "Imports"))),
    ("Operate", (("/system-health", "heart-pulse", "System health"), ("/settings", "gear", "Settings"))),
    ("Build", (("/explorer", "braces", "API explorer"),)),
)
ADMIN_ONLY = frozenset({"/imports", "/settings"})
PLAIN = frozenset({"/explorer"})
"""Pages that are none of Dash's: the browser loads them."""


def shell() -> html.Div:
    return html.Div(
        [
            dcc.Store(id="theme"),
            dcc.Store(id="tenant-name"),
            dcc.Store(id="customer-title"),
            dcc.Store(id="signed-out"),
            dcc.Store(id="notice"),
            dcc.Store(id="shell-sink"),
            dcc.Store(id="shell-refresh"),
            dcc.Store(id="drill"),
            dcc.Interval(id="shell-tick", interval=REFRESH_MILLISECONDS),
            html.A("Skip to the content", href="#main", className="skip-link"),
            _top_bar(),
            _rail(),
            html.Main(
                [html.Div(id="banner"), html.Div(id="notice-place", role="status"), dash.page_container],
                id="main",
                tabIndex="-1",
            ),
            drill.panel(),
        ],
        id="shell",
        className="shell",
    )


def mark() -> html.Span:
    return html.Span([html.I(), html.I(), html.I()], className="mark", **aria(hidden="true"))


def _top_bar() -> html.Header:
    return html.Header(
        [
            dcc.Link(
                [mark(), html.Span("Customer Intelligence", className="visually-hidden")],
                href="/",
                className="top-mark",
            ),
            html.Div(id="top-tenant", className="top-tenant"),
            html.Button(
                icon("list"),
                id="menu-button",
                type="button",
                className="button button-icon top-menu",
                **aria(label="Menu", expanded="false", controls="rail"),
            ),
        ],
        className="top-bar",
    )


def _rail() -> html.Nav:
    groups: list[Component] = []
    for title, entries in NAVIGATION:
        groups.append(html.P(title, className="nav-group"))
        groups += [
            (html.A if path in PLAIN else dcc.Link)(
                [icon(symbol), html.Span(name)],
                href=path,
                className="nav-entry admin-only" if path in ADMIN_ONLY else "nav-entry",
                id=f"nav-{path.strip('/') or 'home'}",
            )
            for path, symbol, name in entries
        ]
    return html.Nav(
        [
            html.Div([mark(), html.Span("Customer Intelligence")], className="brand"),
            html.Div(tenant_loading(), id="tenant-box", className="tenant-box"),
            html.Div(id="demo-clock", className="demo-clock"),
            html.Div(groups, className="nav-entries"),
            html.Div(
                [
                    html.Div(id="user-box", className="user-box"),
                    html.Button(
                        [html.I(className="bi theme-icon", **aria(hidden="true"))],
                        id="theme-button",
                        type="button",
                        className="button button-icon",
                        title="Switch between light and dark",
                        **aria(label="Switch between light and dark"),
                    ),
                    html.Form(
                        html.Button(
                            icon("box-arrow-right"),
                            type="submit",
                            className="button button-icon",
                            title="Log out",
                            **aria(label="Log out"),
                        ),
                        action="/logout",
                        method="post",
                    ),
                ],
                className="rail-foot",
            ),
        ],
        id="rail",
        className="rail",
        **aria(label="Main"),
    )


def tenant_loading() -> html.Div:
    return html.Div(className="skeleton skeleton-line")


def tenant_box(tenant: Tenant) -> list[Component]:
    return [
        html.Span(formats.initials(tenant.name), className="initials", **aria(hidden="true")),
        html.Div(
            [
                html.P(tenant.name, className="box-name"),
                html.P(
                    synthetic_tag() if tenant.synthetic else tenant.source, className="box-note", title=tenant.source
                ),
            ]
        ),
    ]


def top_tenant(tenant: Tenant) -> list[Component]:
    name = html.Span(tenant.name, className="box-name")
    badge = html.Span(formats.initials(tenant.name), className="initials", **aria(hidden="true"))
    return [badge, name, synthetic_tag()] if tenant.synthetic else [badge, name]


def user_box(user: User) -> list[Component]:
    return [
        html.Span(formats.initials(user.display_name), className="initials initials-round", **aria(hidden="true")),
        html.Div(
            dcc.Link(
                [
                    html.Span(user.display_name, className="box-name"),
                    html.Span(user.role.capitalize(), className="box-note"),
                ],
                href="/settings?tab=account",
                title="Your account",
                className="user-link",
            )
        ),
    ]


def demo_clock(replay: Replay | None, zone: str) -> list[Component] | None:
    """The tenant's own time while past data is replayed; a real tenant has the clock of the wall and shows none."""
    if replay is None:
        return None
    moment = formats.date_time(replay.position, zone)
    if replay.state == "FINISHED":
        return [icon("flag"), html.Span(["Replay finished · data ends", html.Br(), html.Span(moment, id="clock-time")])]
    return [
        icon("fast-forward"),
        html.Span([f"Replay ×{replay.speed} · tenant time", html.Br(), html.Span(moment, id="clock-time")]),
    ]


def banner(status: Status) -> Component | None:
    if status.message is None:
        return None
    return html.Div(
        [icon("exclamation-triangle-fill"), html.Span(status.message)], className="notice notice-warn", role="alert"
    )


def notice(text: str) -> Component:
    return html.Div([icon("exclamation-octagon"), html.Span(text)], className="notice notice-bad")
