"""What each button of the Settings page does: which mutation, with which variables, and what is said afterwards."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.pages.settings.data import Done


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
            raise NotReady("There is no such action.")


def outcome(change: Change, done: Done) -> str:
    """What a replay came to is said in its own words."""
    if not done.results:
        return change.said
    [result] = done.results
    words = {"ACCEPTED": "Accepted.", "DUPLICATE": "It had come already.", "REQUEUED": "Sent again."}
    return words.get(result.outcome, f"Rejected again: {result.message}")


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
