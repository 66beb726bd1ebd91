"""What each button of the Settings page does: which mutation, with which variables, and what is said afterwards."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ui.pages.settings.data import Done
from ui.pages.settings.draft import definition, read


@dataclass(frozen=True, slots=True)
class Change:
    operation: str
    variables: Mapping[str, Any]
    said: str


class NotReady(Exception):
    """A form that cannot be sent; the text says what is missing."""


def change_of(action: str, target: str, fields: Mapping[str, Any]) -> Change:
    """`target` is the id or name of what the button stands beside, `fields` are the values of the tab's form."""
    text = {name: value.strip() if isinstance(value, str) else "" for name, value in fields.items()}
    match action:
        case "profile":
            given = {name: text.get(name) for name in ("name", "timeZone", "currency") if text.get(name)}
            return Change("TenantUpdate", {"input": given}, "Saved.")
        case "invite":
            new = {"name": _need(text, "name", "a user name"), "displayName": _need(text, "displayName", "a name")}
            return Change("MemberInvite", {"input": {**new, "role": fields.get("role") or "VIEWER"}}, "Invited.")
        case "reset":
            return Change("MemberReset", {"id": target}, "There is a new link; those before it are void.")
        case "role-ADMIN" | "role-ANALYST" | "role-VIEWER":
            role = action.removeprefix("role-")
            return Change("MemberRoleSet", {"input": {"id": target, "role": role}}, f"The role is {role.lower()} now.")
        case "end":
            return Change("SessionEnd", {"id": target}, "The session has ended.")
        case "key":
            new = {"name": _need(text, "keyName", "a name"), "source": _need(text, "keySource", "a source")}
            return Change("SourceKeyCreate", {"input": new}, "The key is made.")
        case "revoke":
            return Change("SourceKeyRevoke", {"input": {"id": target}}, "The key is refused from now on.")
        case "schema":
            return Change("EventSchemaPut", {"input": _schema(text, fields)}, "The schema holds from now on.")
        case "unschema":
            return Change("EventSchemaDelete", {"input": {"name": target}}, "The schema is gone.")
        case "replay":
            return Change("DeadLetterReplay", {"input": {"ids": [target]}}, "Sent again.")
        case "discard":
            return Change("DeadLetterDiscard", {"input": {"ids": [target]}}, "Given up.")
        case _:
            return _of_programs(action, target, text, fields)


def _of_programs(action: str, target: str, text: Mapping[str, str], fields: Mapping[str, Any]) -> Change:
    """API keys, webhooks, and one's own account."""
    match action:
        case "api":
            new = {"name": _need(text, "apiName", "a name"), "role": fields.get("apiRole") or "VIEWER"}
            days = int(text["apiDays"]) if text.get("apiDays", "").isdecimal() else 90
            chosen = {**new, "scopes": fields.get("apiScopes") or None, "expiresInDays": days}
            return Change("ApiKeyCreate", {"input": chosen}, "The key is made.")
        case "unapi":
            return Change("ApiKeyRevoke", {"input": {"id": target}}, "The key is refused from now on.")
        case "journey":
            said = "The journey is set. Past events are walked again by it; until that has ended, figures grow."
            return Change("JourneyStagesUpdate", {"input": definition(read(fields))}, said)
        case "leave":
            return Change("SessionRevoke", {"input": {"id": target}}, "The session has ended.")
        case "password":
            return Change("PasswordChange", {"input": _passwords(fields)}, "The password is changed.")
        case "hook":
            return Change("WebhookCreate", {"input": _endpoint(text, fields)}, "The endpoint is made.")
        case "hook-on" | "hook-off":
            on = action == "hook-on"
            said = "It is sent to again." if on else "Nothing more is sent to it."
            return Change("WebhookUpdate", {"input": {"id": target, "enabled": on}}, said)
        case "hook-secret":
            return Change("WebhookRotate", {"input": {"id": target}}, "There is a new secret.")
        case "hook-gone":
            return Change("WebhookDelete", {"input": {"id": target}}, "The endpoint is gone.")
        case "hook-replay":
            return Change("WebhookReplay", {"input": {"ids": [target]}}, "It will be sent again.")
        case "hook-dry" | "hook-send":
            trial = {
                "id": _need(text, "hookWhich", "an endpoint"),
                "event": _need(text, "hookEvent", "an event"),
                "subject": _need(text, "hookSubject", "what the event is of"),
                "send": action == "hook-send",
            }
            said = "It will be sent, marked as a test:" if trial["send"] else "It would be sent this:"
            return Change("WebhookTest", {"input": trial}, said)
        case _:
            return _of_tenant(action, text, fields)


def _of_tenant(action: str, text: Mapping[str, str], fields: Mapping[str, Any]) -> Change:
    match action:
        case "idp":
            return Change("IdentityProviderSet", {"input": _provider(text, fields)}, "Saved. The provider answers.")
        case "unidp":
            return Change("IdentityProviderDelete", {}, "Nobody signs in by it any more.")
        case "limits":
            return Change("TenantLimitsUpdate", {"input": _limits(text)}, "Saved. It counts within seconds.")
        case _:
            raise NotReady("There is no such action.")


def outcome(change: Change, done: Done) -> str:
    """What a replay came to is said in its own words."""
    if not done.results:
        return change.said
    [result] = done.results
    words = {"ACCEPTED": "Accepted.", "DUPLICATE": "It had come already.", "REQUEUED": "Sent again."}
    return words.get(result.outcome, f"Rejected again: {result.message}")


def _passwords(fields: Mapping[str, Any]) -> dict[str, str]:
    """As they were typed: a blank at an end belongs to a password."""
    known, new, again = (str(fields.get(name) or "") for name in ("currentPassword", "newPassword", "newAgain"))
    if not known or not new:
        raise NotReady("Give the password of now and a new one first.")
    if new != again:
        raise NotReady("The two new passwords are not the same.")
    return {"currentPassword": known, "newPassword": new}


def _provider(text: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, Any]:
    domains = _need(text, "idpDomains", "the domains of your people's addresses").replace(",", " ").split()
    return {
        "issuer": _need(text, "idpIssuer", "the issuer"),
        "clientId": _need(text, "idpClient", "the client id"),
        "clientSecret": text.get("idpSecret") or None,
        "emailDomains": [domain.lower() for domain in domains],
        "newRole": fields.get("idpRole") or None,
        "enabled": fields.get("idpState") != "off",
    }


LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "limitPoints": ("pointsPerSecond", "Points a second"),
    "limitMembers": ("members", "Users"),
    "limitSockets": ("sockets", "Open sockets"),
    "limitDays": ("eventDays", "Days that events are kept"),
}


def _limits(text: Mapping[str, str]) -> dict[str, int | None]:
    """What is empty is the installation's."""
    found: dict[str, int | None] = {}
    for name, (sent, label) in LIMITS.items():
        given = text.get(name, "").replace(",", "")
        if given and not (given.isascii() and given.isdecimal()):
            raise NotReady(f"{label}: give a whole number, or nothing.")
        found[sent] = int(given) if given else None
    return found


def _endpoint(text: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, Any]:
    url, events = _need(text, "hookUrl", "an address"), fields.get("hookEvents")
    if not events:
        raise NotReady("Choose first what it is told of.")
    note = text.get("hookNote", "")
    return {"url": url, "description": note, "events": events, "query": text.get("hookQuery") or None}


def _schema(text: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, Any]:
    name, body = _need(text, "schemaName", "the name of the events"), _need(text, "schemaBody", "a schema")
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise NotReady(f"The schema is not JSON: {error}.") from error
    return {"name": name, "schema": parsed, "mode": fields.get("schemaMode") or "WARN"}


def _need(text: Mapping[str, str], name: str, what: str) -> str:
    if not text.get(name):
        raise NotReady(f"Give {what} first.")
    return text[name]
