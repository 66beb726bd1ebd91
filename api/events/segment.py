"""What Segment's clients send, as our events: the calls track, identify, group, page, screen and alias.

`userId` names the customer. An event with an `anonymousId` alone is nobody's yet and keeps it as a property.
"""

from collections.abc import Mapping
from typing import Any, Final

NAMES: Final = {
    "identify": "customer_identified",
    "group": "customer_grouped",
    "page": "page_viewed",
    "screen": "screen_viewed",
    "alias": "customer_aliased",
}
"""A `track` has its own name in `event`."""
CALLS: Final = ("track", *NAMES)
MORE: Final = {
    "page": ("name", "category"),
    "screen": ("name", "category"),
    "group": ("groupId",),
    "alias": ("previousId",),
}
"""Properties that a call has in a place of its own."""
KEPT_CONTEXT: Final = ("campaign", "page")
"""The rest of the context (addresses, devices, libraries) is not kept."""
CLIENT_PATHS: Final = {
    ("name",): ("event",),
    ("occurredAt",): ("timestamp",),
    ("customer", "externalId"): ("userId",),
    ("customer",): ("traits",),
}
"""Ours, and what the client calls it. The longest that fits is taken."""


def is_call(item: object) -> bool:
    return isinstance(item, Mapping) and item.get("type") in CALLS


def to_event(item: Mapping[str, Any], source: str) -> dict[str, Any]:
    """In the form of `payloads.from_json`, which finds what is wrong with it."""
    call = item["type"]
    user = item.get("userId")
    return {
        "messageId": item.get("messageId"),
        "name": item.get("event") if call == "track" else NAMES[call],
        "source": source,
        "occurredAt": item.get("timestamp") or item.get("originalTimestamp"),
        "customer": None if user in (None, "") else {"externalId": _id(user), **_traits(item, call)},
        "properties": _properties(item, call),
    }


def _id(value: object) -> object:
    """Clients in loosely typed languages send numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _traits(item: Mapping[str, Any], call: str) -> dict[str, object]:
    """Of the customer: a group's traits are the group's."""
    traits = item.get("traits")
    if call != "identify" or not isinstance(traits, Mapping):
        return {}
    return traits_of(traits)


def traits_of(traits: Mapping[str, Any]) -> dict[str, object]:
    """Those that are stored with the customer. An empty one says nothing."""
    full = " ".join(part for key in ("firstName", "lastName") if isinstance(part := traits.get(key), str)).strip()
    address = traits.get("address")
    country = traits.get("country") or (address.get("country") if isinstance(address, Mapping) else None)
    found = {"name": traits.get("name") or full, "email": traits.get("email"), "country": country}
    return {key: value for key, value in found.items() if value not in (None, "")}


def _properties(item: Mapping[str, Any], call: str) -> object:
    given = item.get("properties")
    if given is not None and not isinstance(given, Mapping):
        return given
    properties = dict(given or {})
    for key in (*MORE.get(call, ()), "anonymousId"):
        if item.get(key) not in (None, ""):
            properties.setdefault(key, item[key])
    if call in ("identify", "group") and isinstance(item.get("traits"), Mapping):
        properties.setdefault("traits", item["traits"])
    context = item.get("context")
    kept = {key: context[key] for key in KEPT_CONTEXT if key in context} if isinstance(context, Mapping) else {}
    return {**properties, "context": kept} if kept else properties
