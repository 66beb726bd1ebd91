"""The tabs of the Settings page: pure functions of what the API answered."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.card import card
from ui.components.choices import select, text_filter
from ui.components.states import empty, no_match
from ui.pages.settings import data
from ui.pages.settings.account import account
from ui.pages.settings.forms import act, area, choice, field, form, row_menu
from ui.pages.settings.journey import journey
from ui.pages.settings.keys import api_keys, source_keys
from ui.pages.settings.parts import ROLES, Cells, at, mark, table
from ui.pages.settings.query import SettingsQuery
from ui.pages.settings.sign_in import limits, sign_in
from ui.pages.settings.webhooks import webhooks

MOST_OF_A_DETAIL: Final = 60
SHOWN_OF_A_DETAIL: Final = 12


def general(answer: data.General, query: SettingsQuery) -> list[Component]:
    started = bool(answer.anything.nodes)
    fixed = "Fixed since the first event came in: days and amounts are counted in it." if started else ""
    tenant = answer.tenant
    fields = [
        field("name", "Name of the company", value=tenant.name),
        field("timeZone", "Time zone", value=tenant.time_zone, disabled=started, hint=fixed or "Such as Europe/London"),
        field("currency", "Currency", value=tenant.currency, disabled=started, hint=fixed or "Such as EUR"),
    ]
    age = answer.ingest_policy.maximum_age_days
    policy = "Events of any age are accepted." if age is None else f"Events older than {age} days are rejected."
    return [
        card(
            "Company",
            form(fields, act("profile", "Save", look="button button-primary")),
            subtitle=f"Logs in as {tenant.slug}. {policy}",
        )
    ]


def people(answer: data.People, query: SettingsQuery) -> list[Component]:
    zone = answer.tenant.time_zone
    rows = [
        (
            [one.display_name, html.Span(" (you)", className="soft") if one.id == answer.me.id else ""],
            html.Code(one.name),
            one.role.capitalize(),
            mark("good", "check-circle", "Active") if one.state == "ACTIVE" else mark("info", "envelope", "Invited"),
            at(one.last_login_at, zone),
            row_menu(
                f"What to do with {one.display_name}",
                [
                    *[(f"role-{role}", f"Make {label.lower()}") for role, label in ROLES if role != one.role],
                    ("reset", "Make a new one-time link"),
                ],
                one.id,
            ),
        )
        for one in answer.page.nodes
    ]
    invite = form(
        [field("name", "User name"), field("displayName", "Full name"), choice("role", "Role", ROLES, "VIEWER")],
        act("invite", "Invite", symbol="person-plus", look="button button-primary"),
    )
    return [
        card(
            "People",
            table(("Name", "User name", "Role", "State", "Last login", ""), rows),
            subtitle=f"Times in {zone}.",
        ),
        card("Invite somebody", invite, subtitle="They set a password by a one-time link, which is shown once."),
    ]


def sessions(answer: data.Answer[data.Session], query: SettingsQuery) -> list[Component]:
    zone = answer.tenant.time_zone
    rows = [
        (
            one.display_name,
            html.Code(one.name),
            at(one.created_at, zone),
            at(one.expires_at, zone),
            html.Span("This one", className="soft")
            if one.current
            else row_menu(f"End the session of {one.display_name}", [("end", "End this session")], one.id),
        )
        for one in answer.page.nodes
    ]
    return [
        card(
            "Open sessions",
            table(("Whose", "User name", "Since", "Ends", ""), rows),
            subtitle=f"Ending one closes its pages too. Times in {zone}.",
        )
    ]


def audit(answer: data.Answer[data.Entry], query: SettingsQuery) -> list[Component]:
    zone, asked = answer.tenant.time_zone, query.filters
    filters = html.Div(
        [
            text_filter("Who", "actor", asked.get("actor", ""), "user:ada"),
            text_filter("What", "action", asked.get("action", ""), "session.login"),
            select(
                "Outcome", "outcome", [("", "Any"), ("DONE", "Done"), ("DENIED", "Denied")], asked.get("outcome", "")
            ),
            text_filter("From", "since", asked.get("since", ""), "2026-01-31"),
            text_filter("Before", "until", asked.get("until", ""), "2026-12-31"),
        ],
        className="filter-row",
    )
    rows = [
        (
            at(one.at, zone),
            html.Code(one.actor, className="settings-long", title=one.actor),
            html.Code(one.action),
            mark("good", "check-circle", "Done") if one.outcome == "DONE" else mark("bad", "slash-circle", "Denied"),
            _details(one.details),
        )
        for one in answer.page.nodes
    ]
    shown: Component = table(("When", "Who", "What", "Outcome", "Details"), rows)
    if not rows:
        shown = no_match("entries", "Nothing of this kind stands in the trail.")
    return [
        card("Audit trail", html.Div([filters, shown]), subtitle=f"By the real clock, newest first. Times in {zone}.")
    ]


def schemas(answer: data.Answer[data.Schema], query: SettingsQuery) -> list[Component]:
    zone = answer.tenant.time_zone
    rows = [
        (
            html.Code(one.name),
            "Rejects" if one.mode == "REJECT" else "Warns",
            html.Details(
                [html.Summary("Schema"), html.Pre(json.dumps(one.body, indent=2))], className="import-details"
            ),
            one.updated_by,
            at(one.updated_at, zone),
            row_menu(f"Drop the schema of {one.name}", [("unschema", "Ask nothing of it any more")], one.name),
        )
        for one in answer.page.nodes
    ]
    nothing = empty("event schemas", "Events of any shape are accepted.", "")
    put = form(
        [
            field("schemaName", "Name of the events"),
            choice(
                "schemaMode", "An event that does not meet it", (("WARN", "Warns"), ("REJECT", "Is rejected")), "WARN"
            ),
            area("schemaBody", "JSON Schema", placeholder='{"type": "object", "required": ["page"]}'),
        ],
        act("schema", "Set the schema", look="button button-primary"),
    )
    shown = table(("Events", "What it does", "", "Set by", "Set", ""), rows) if rows else nothing
    return [
        card("Event schemas", shown, subtitle=f"What the properties of events must be like. Times in {zone}."),
        card("Set a schema", put, subtitle="The first of its name, or a new one in its place."),
    ]


def letters(answer: data.Answer[data.Letter], query: SettingsQuery) -> list[Component]:
    zone, asked = answer.tenant.time_zone, query.filters
    filters = html.Div(
        [
            select("Kind", "kind", [("", "Both"), ("EVENT", "Events"), ("MESSAGE", "Messages")], asked.get("kind", "")),
            select(
                "State",
                "state",
                [("", "Any"), ("WAITING", "Waiting"), ("REPLAYED", "Replayed"), ("DISCARDED", "Discarded")],
                asked.get("state", ""),
            ),
        ],
        className="filter-row",
    )
    rows = [_letter(one, zone) for one in answer.page.nodes]
    shown: Component = table(("Which", "From", "Why", "Tries", "Last came", "State", ""), rows)
    if not rows:
        nothing = empty("dead letters", "Rejected events and failed messages would stand here.", "0 so far.")
        shown = no_match("dead letters", "None is of this kind and state.") if asked else nothing
    return [
        card("Dead letters", html.Div([filters, shown]), subtitle=f"Kept for 90 days, newest first. Times in {zone}.")
    ]


def _details(found: Mapping[str, Any]) -> html.P:
    """As words; what is too long for the row, such as a hash, is whole in the tip."""
    named = {formats.humanise(name): _plain(value) for name, value in found.items()}
    whole = " · ".join(f"{name}: {text}" for name, text in named.items())
    short = " · ".join(f"{name}: {_shortened(text)}" for name, text in named.items())
    return html.P(short or formats.ABSENT, className="settings-details", title=whole)


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_OF_A_DETAIL else f"{text[:SHOWN_OF_A_DETAIL]}…"


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def _letter(one: data.Letter, zone: str) -> Cells:
    states = {"WAITING": ("warn", "hourglass"), "REPLAYED": ("good", "check-circle"), "DISCARDED": ("neutral", "trash")}
    actions = [("replay", "Send it again"), ("discard", "Give it up")]
    where = f" at {'.'.join(one.path)}" if one.path else ""
    return (
        [html.Code(one.reference), html.P("Event" if one.kind == "EVENT" else "Message", className="check-note")],
        html.Code(one.origin),
        [one.message, html.P(f"{one.code}{where}", className="check-note")],
        formats.integer(one.attempts),
        at(one.created_at, zone),
        mark(*states[one.state], one.state.capitalize()),
        row_menu(f"What to do with {one.reference}", actions, one.id) if one.state == "WAITING" else "",
    )


TABS: Mapping[str, Callable[[Any, SettingsQuery], list[Component]]] = {
    "general": general,
    "people": people,
    "sessions": sessions,
    "sign-in": sign_in,
    "limits": limits,
    "audit": audit,
    "journey": journey,
    "api": api_keys,
    "keys": source_keys,
    "webhooks": webhooks,
    "account": account,
    "schemas": schemas,
    "letters": letters,
}
