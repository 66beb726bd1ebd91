"""What everybody may do with their own account, whatever their role."""

from dash import html
from dash.development.base_component import Component

from ui.components.card import card
from ui.pages.settings import data
from ui.pages.settings.forms import act, form, password, row_menu
from ui.pages.settings.parts import at, table
from ui.pages.settings.query import SettingsQuery


def account(answer: data.Account, query: SettingsQuery) -> list[Component]:
    zone, me = answer.tenant.time_zone, answer.me
    rows = [
        (
            at(one.created_at, zone),
            at(one.last_seen_at, zone, "not yet"),
            at(one.expires_at, zone),
            html.Span("This one", className="soft")
            if one.current
            else row_menu("End this session", [("leave", "End this session")], one.id),
        )
        for one in answer.page.nodes
    ]
    change = form(
        [
            password("currentPassword", "Password now", kind="current-password"),
            password("newPassword", "New password", kind="new-password", hint="12 to 256 characters"),
            password("newAgain", "New password again", kind="new-password"),
        ],
        act("password", "Change it", look="button button-primary"),
    )
    return [
        card(
            "Your sessions",
            table(("Since", "Last seen", "Ends", ""), rows),
            subtitle=f"Where {me.display_name} ({me.name}, {me.role.lower()}) is logged in. Times in {zone}.",
        ),
        card("Your password", change, subtitle="Changing it ends your other sessions."),
    ]
