"""The frames of graphql-transport-ws: what a client may say, and the bytes of what the server says. Pure."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

LONGEST_ID: Final = 256
LONGEST_REASON: Final = 120
"""Bytes of a close frame's reason: the protocol of WebSockets leaves room for 123."""

BAD_REQUEST: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
INIT_TIMEOUT: Final = 4408
ID_IN_USE: Final = 4409
TOO_MANY: Final = 4429
TRY_AGAIN_LATER: Final = 1013

ACKNOWLEDGED: Final = '{"type":"connection_ack"}'


class Closing(Exception):
    """The socket must be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason.encode()[:LONGEST_REASON].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    pass


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    id: str
    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


Frame = Init | Ping | Pong | Complete | Subscribe


def read(text: str | None) -> Frame:
    """None stands for a frame of bytes."""
    if text is None:
        raise Closing(BAD_REQUEST, "Send text, not bytes")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Closing(BAD_REQUEST, "This is no JSON") from None
    if not isinstance(message, dict):
        raise Closing(BAD_REQUEST, "A message is an object")
    match message.get("type"):
        case "connection_init":
            return Init(_object(message, "payload") or {})
        case "ping":
            return Ping(_object(message, "payload"))
        case "pong":
            _object(message, "payload")
            return Pong()
        case "complete":
            return Complete(_id(message))
        case "subscribe":
            return _subscribe(message)
    raise Closing(BAD_REQUEST, "A client's message is of type connection_init, ping, pong, subscribe or complete")


def _subscribe(message: dict[str, Any]) -> Subscribe:
    key = _id(message)
    payload = _object(message, "payload")
    if payload is None or not isinstance(payload.get("query"), str):
        raise Closing(BAD_REQUEST, "subscribe needs a payload with a query")
    name = payload.get("operationName")
    if not isinstance(name, str | None):
        raise Closing(BAD_REQUEST, "operationName is a text")
    _object(payload, "extensions")
    return Subscribe(key, payload["query"], _object(payload, "variables"), name)


def _id(message: dict[str, Any]) -> str:
    key = message.get("id")
    if not isinstance(key, str) or not 1 <= len(key) <= LONGEST_ID:
        raise Closing(BAD_REQUEST, f"id is a text of 1 to {LONGEST_ID} characters")
    return key


def _object(message: dict[str, Any], name: str) -> dict[str, Any] | None:
    found = message.get(name)
    if not isinstance(found, dict | None):
        raise Closing(BAD_REQUEST, f"{name} is an object")
    return found


def encode(value: object) -> str:
    return orjson.dumps(value, default=str).decode()


def pong(payload: dict[str, Any] | None) -> str:
    return '{"type":"pong"}' if payload is None else f'{{"type":"pong","payload":{encode(payload)}}}'


def next_head(key: str) -> str:
    """What stands before the payload of each message of an operation; after it comes `}`."""
    return f'{{"id":{encode(key)},"type":"next","payload":'


def complete(key: str) -> str:
    return f'{{"id":{encode(key)},"type":"complete"}}'


def error(key: str, errors: list[Any]) -> str:
    return f'{{"id":{encode(key)},"type":"error","payload":{encode(errors)}}}'
