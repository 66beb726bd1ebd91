"""Webhook endpoints, what was sent to them, and what they would be sent."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.card import card
from ui.components.choices import select
from ui.components.states import empty, no_match
from ui.pages.settings import data
from ui.pages.settings.forms import act, area, choice, choices, field, form, row_menu
from ui.pages.settings.parts import Cells, at, mark, note, table
from ui.pages.settings.query import SettingsQuery

EVENTS = {
    "CUSTOMER_ACTIVE": "A customer was active",
    "CUSTOMER_BOUGHT": "A customer bought",
    "CUSTOMER_JOURNEY_UPDATED": "A customer changed stage",
    "CONVERSATION_UPDATED": "A conversation changed",
    "METRIC_CHANGED": "A metric changed",
}
STATES = {
    "WAITING": ("warn", "hourglass", "Waiting"),
    "DELIVERED": ("good", "check-circle", "Delivered"),
    "DEAD": ("bad", "x-circle", "Given up"),
}


def webhooks(answer: data.Webhooks, query: SettingsQuery) -> list[Component]:
    zone, endpoints = answer.tenant.time_zone, answer.endpoints
    rows = [_endpoint(one, zone) for one in endpoints.nodes]
    nothing = empty("webhook endpoints", "An address of yours is told of changes, signed with its own secret.", "")
    beyond = endpoints.total_count.value - len(rows)
    more = f" The newest {len(rows)} are shown; the API lists {beyond} more." if beyond > 0 else ""
    cards: list[Component] = [
        card(
            "Webhook endpoints",
            table(("Address", "Told of", "State", ""), rows) if rows else nothing,
            subtitle=f"Each may be told what whoever changed it last may read.{more}",
        ),
        card("New endpoint", _new(), subtitle="Its secret is shown once."),
    ]
    if rows:
        cards.insert(1, card("Deliveries", _deliveries(answer, query), subtitle=f"Newest first. Times in {zone}."))
        sample = next((one.id for one in answer.sample.nodes), "")
        cards.insert(2, card("Try an endpoint", _trial(endpoints.nodes, sample), subtitle="A dry run sends nothing."))
    return cards


def _endpoint(one: data.Endpoint, zone: str) -> Cells:
    turn = ("hook-off", "Stop sending to it") if one.enabled else ("hook-on", "Send to it again")
    actions = [turn, ("hook-secret", "Make a new secret"), ("hook-gone", "Delete it with its deliveries")]
    return (
        [html.Code(one.url, className="settings-address"), note(one.description) if one.description else None],
        [", ".join(EVENTS.get(event, event) for event in one.events), _selection(one.query)],
        [_state(one), *_until(one, zone)],
        row_menu(f"What to do with {one.url}", actions, one.id),
    )


def _selection(query: str | None) -> Component:
    if query is None:
        return note("Sends the id alone")
    return html.Details([html.Summary("Selection"), html.Pre(query)], className="import-details")


def _state(one: data.Endpoint) -> html.Span:
    if not one.enabled:
        return mark("neutral", "pause-circle", one.disabled_because or "Stopped")
    if one.breaker.state == "CLOSED":
        return mark("good", "check-circle", "Sending")
    return mark("warn", "exclamation-triangle", "Left alone for now")


def _until(one: data.Endpoint, zone: str) -> list[Component]:
    notes = []
    if one.breaker.failures:
        until = f", tried again at {formats.date_time(one.breaker.open_until, zone)}" if one.breaker.open_until else ""
        notes.append(note(f"{formats.integer(one.breaker.failures)} failed in a row{until}"))
    if one.previous_secret_until:
        notes.append(note(f"The old secret signs too until {formats.date_time(one.previous_secret_until, zone)}"))
    return list(notes)


def _deliveries(answer: data.Webhooks, query: SettingsQuery) -> html.Div:
    zone, asked = answer.tenant.time_zone, query.filters
    chosen = [("", "All"), *((one.id, _short(one.url)) for one in answer.endpoints.nodes)]
    states = [("", "Any"), *((key, word) for key, (_, _, word) in STATES.items())]
    filters = html.Div(
        [
            select("Endpoint", "endpoint", chosen, asked.get("endpoint", "")),
            select("State", "state", states, asked.get("state", "")),
        ],
        className="filter-row",
    )
    rows = [_delivery(one, zone) for one in answer.page.nodes]
    shown: Component = table(("What", "To", "Made", "Tries", "Last answer", "State", ""), rows)
    if not rows:
        narrowed = {"endpoint", "state"} & asked.keys()
        shown = (
            no_match("deliveries", "None of this endpoint is in this state.")
            if narrowed
            else empty("deliveries", "What was sent stands here for 7 days, what failed for 30.", "0 so far.")
        )
    return html.Div([filters, shown])


def _delivery(one: data.Delivery, zone: str) -> Cells:
    answered = "–" if one.status is None else f"HTTP {one.status}"
    took = "" if one.milliseconds is None else f" in {formats.integer(one.milliseconds)} ms"
    tone, symbol, word = STATES[one.state]
    again = [("hook-replay", "Send it again")]
    subject = f"{one.subject}{' · test' if one.test else ''}"
    return (
        [
            EVENTS.get(one.event, one.event),
            html.P(html.Code(subject), className="check-note settings-subject", title=subject),
        ],
        _short(one.endpoint.url),
        at(one.created_at, zone),
        f"{one.attempts}{f', replayed {one.replays} times' if one.replays else ''}",
        [f"{answered}{took}", note(one.fault) if one.fault else None],
        [mark(tone, symbol, word), note(f"Next try {formats.date_time(one.next_try_at, zone)}")]
        if one.next_try_at
        else mark(tone, symbol, word),
        row_menu(f"What to do with {one.message_id}", again, one.id) if one.state != "WAITING" else "",
    )


def _short(url: str) -> str:
    return urlsplit(url).hostname or url


def _trial(nodes: Sequence[data.Endpoint], sample: str) -> html.Div:
    fields = [
        choice("hookWhich", "Endpoint", [(one.id, _short(one.url)) for one in nodes], nodes[0].id),
        choice("hookEvent", "Event", list(EVENTS.items()), "CUSTOMER_ACTIVE"),
        field(
            "hookSubject",
            "Of",
            value=sample,
            hint="The id of a customer or a conversation, or a metric such as revenue",
        ),
    ]
    buttons = html.Div(
        [act("hook-dry", "Show what it would be sent"), act("hook-send", "Send it as a test")],
        className="settings-buttons",
    )
    return form(fields, buttons)


def _new() -> html.Div:
    return form(
        [
            field("hookUrl", "Address", hint="https://…, in the public internet", longest=2_000),
            field("hookNote", "What it is for"),
            choices("hookEvents", "Told of", list(EVENTS.items())),
            area("hookQuery", "Selection, or nothing for the id alone", placeholder="query($id: ID!) { … }"),
        ],
        act("hook", "Make the endpoint", symbol="broadcast-pin", look="button button-primary"),
    )
