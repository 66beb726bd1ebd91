"""What PostHog's clients send, as our events.

`distinct_id` names the customer, unless it stands for nobody: the client says so (`$process_person_profile` false), or
made one up to describe a group.
"""

from collections.abc import Mapping
from typing import Any, Final

from api.events.segment import traits_of

NAMES: Final = {
    "$identify": "customer_identified",
    "$set": "customer_identified",
    "$groupidentify": "customer_grouped",
    "$pageview": "page_viewed",
    "$screen": "screen_viewed",
    "$create_alias": "customer_aliased",
}
LEFT_OUT: Final = frozenset(
    {"$ip", "$set", "$set_once", "$lib", "$lib_version", "$geoip_disable", "token", "distinct_id"}
)
"""Told by the event otherwise, about the library, or more personal than is needed."""
CLIENT_PATHS: Final = {
    ("messageId",): ("uuid",),
    ("name",): ("event",),
    ("occurredAt",): ("timestamp",),
    ("customer", "externalId"): ("distinct_id",),
    ("customer",): ("properties", "$set"),
}


def to_event(item: Mapping[str, Any], source: str) -> dict[str, Any]:
    """In the form of `payloads.from_json`, which finds what is wrong with it."""
    given = item.get("properties")
    properties: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    name = item.get("event")
    return {
        "messageId": item.get("uuid") or properties.get("$insert_id"),
        "name": NAMES.get(name, name) if isinstance(name, str) else name,
        "source": source,
        "occurredAt": item.get("timestamp"),
        "customer": _customer(item, properties),
        "properties": _kept(item, properties) if given is None or isinstance(given, Mapping) else given,
    }


def _customer(item: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, object] | None:
    if item.get("event") == "$groupidentify" or properties.get("$process_person_profile") is False:
        return None
    identity = _identity(item, properties)
    if identity is None:
        return None
    is_number = isinstance(identity, int) and not isinstance(identity, bool)
    return {"externalId": str(identity) if is_number else identity, **_traits(item, properties)}


def _identity(item: Mapping[str, Any], properties: Mapping[str, Any]) -> object:
    """Of an alias, the id that stays."""
    if item.get("event") == "$create_alias":
        return properties.get("alias")
    return item.get("distinct_id") or properties.get("distinct_id")


def _traits(item: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, object]:
    for holder in (item, properties):
        traits = holder.get("$set")
        if isinstance(traits, Mapping):
            return traits_of(traits)
    return {}


def _kept(item: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in properties.items() if key not in LEFT_OUT}
    return {**kept, "previousId": item.get("distinct_id")} if item.get("event") == "$create_alias" else kept
