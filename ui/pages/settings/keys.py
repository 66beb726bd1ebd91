"""The keys of programs: those that read and write by the API, and those that only send events."""

from dash import html
from dash.development.base_component import Component

from ui.components.card import card
from ui.components.states import empty
from ui.pages.settings import data
from ui.pages.settings.forms import act, choice, choices, field, form, row_menu
from ui.pages.settings.parts import ROLES, Cells, at, mark, table
from ui.pages.settings.query import SettingsQuery

LIVES = (("30", "30 days"), ("90", "90 days"), ("365", "A year"))


def api_keys(answer: data.ApiKeys, query: SettingsQuery) -> list[Component]:
    zone = answer.tenant.time_zone
    rows = [_api_key(one, zone) for one in answer.page.nodes]
    nothing = empty("API keys", "A program asks the API with a key of its own.", "")
    make = form(
        [
            field("apiName", "Name", hint="Which program uses it"),
            choice("apiRole", "Role", ROLES, "VIEWER"),
            choice("apiDays", "Good for", LIVES, "90"),
            choices(
                "apiScopes",
                "Only these permissions",
                [(one, one) for one in sorted(answer.me.permissions)],
                "With none chosen the key may do all that its role may.",
            ),
        ],
        act("api", "Make a key", symbol="key", look="button button-primary"),
    )
    heads = ("Name", "Key", "May", "Made", "Last used", "Expires", "")
    shown = table(heads, rows) if rows else nothing
    return [
        card("API keys", shown, subtitle=f"For programs that use the API as people do. Times in {zone}."),
        card("New API key", make, subtitle="It is shown once."),
    ]


def _api_key(one: data.ApiKey, zone: str) -> Cells:
    many = "1 permission" if len(one.scopes) == 1 else f"{len(one.scopes)} permissions"
    scopes = html.Details(
        [html.Summary(f"{one.role.capitalize()}, {many}"), html.P(", ".join(one.scopes))],
        className="import-details settings-scopes",
    )
    return (
        [one.name, html.P(f"by {one.created_by}", className="check-note")],
        html.Code(f"cip_live_…{one.public}…"),
        scopes,
        at(one.created_at, zone),
        at(one.last_used_at, zone),
        at(one.expires_at, zone),
        mark("neutral", "slash-circle", "Revoked")
        if one.revoked_at
        else row_menu(f"Revoke {one.name}", [("unapi", "Revoke this key for good")], one.id),
    )


def source_keys(answer: data.Answer[data.SourceKey], query: SettingsQuery) -> list[Component]:
    zone = answer.tenant.time_zone
    rows = [
        (
            one.name,
            html.Code(one.source),
            html.Code(f"cip_src_…{one.public}…"),
            at(one.created_at, zone),
            at(one.last_used_at, zone),
            mark("neutral", "slash-circle", "Revoked")
            if one.revoked_at
            else row_menu(f"Revoke {one.name}", [("revoke", "Revoke this key for good")], one.id),
        )
        for one in answer.page.nodes
    ]
    nothing = empty("source keys", "A system sends its events with a key of its own.", "")
    make = form(
        [field("keyName", "Name"), field("keySource", "Source", hint="What its events are filed under")],
        act("key", "Make a key", symbol="key", look="button button-primary"),
    )
    shown = table(("Name", "Source", "Key", "Made", "Last used", ""), rows) if rows else nothing
    return [
        card("Source keys", shown, subtitle=f"Each may send events of one source, and nothing else. Times in {zone}."),
        card("New source key", make, subtitle="It is shown once."),
    ]
