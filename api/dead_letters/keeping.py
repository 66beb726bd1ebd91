"""How a rejected event is kept: whole and ready for its replay, or as text when Postgres's JSON cannot hold it."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from api.dead_letters.contracts import RejectedEvent
from api.events import payloads
from api.events.contracts import IncomingEvent, SentEvent, Verdict

MAXIMUM_KEPT: Final = 600 * 1024
"""Bytes of JSON: a little more than the largest event that could be accepted."""
MAXIMUM_TEXT: Final = 16_000
MAXIMUM_NAME: Final = 200


def rejected_event(event: SentEvent, verdict: Verdict, now: datetime) -> RejectedEvent:
    """`now` is when it came in, which is its moment if it names none."""
    assert verdict.code is not None
    payload = storable(payloads.to_json(event, now) if isinstance(event, IncomingEvent) else event.payload)
    return RejectedEvent(
        origin=_without_nul(event.source)[:MAXIMUM_NAME],
        reference=reference_of(event, payload),
        code=verdict.code,
        path=tuple(_without_nul(part)[:MAXIMUM_NAME] for part in verdict.path or ()),
        message=verdict.message or "",
        payload=payload,
    )


def key_of(event: SentEvent) -> tuple[str, str]:
    """What an accepted event settles."""
    return event.source, event.message_id


def reference_of(event: SentEvent, payload: Mapping[str, Any]) -> str:
    """Its message id; one without a usable id is told from others by its content."""
    given = event.message_id
    if given.strip() and len(given) <= MAXIMUM_NAME and "\0" not in given:
        return given
    return f"sha256:{sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]}"


def is_replayable(payload: Mapping[str, Any]) -> bool:
    return "messageId" in payload


def storable(payload: Mapping[str, Any]) -> dict[str, Any]:
    try:
        encoded = orjson.dumps(dict(payload))
    except TypeError:  # nested too deeply, a number of more than 64 bits, half a surrogate pair
        return {"text": _text(payload)}
    if b"\\u0000" in encoded or len(encoded) > MAXIMUM_KEPT:
        return {"text": _text(payload)}
    return dict(payload)


def _text(payload: Mapping[str, Any]) -> str:
    try:
        return json.dumps(payload, default=str)[:MAXIMUM_TEXT]
    except RecursionError:
        return "An event that is nested too deeply to be kept."


def _without_nul(text: str) -> str:
    return text.replace("\0", "")
