"""Cursors: positions in an order, sealed, and bound to the list, its sort and its filter."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson

from api.errors import BadInputError
from models.keyset import Position

VERSION: Final = b"1"
SEAL_BYTES: Final = 16


def encode(key: bytes, binding: str, position: Position) -> str:
    value = position.value
    tagged = ["t", value.isoformat()] if isinstance(value, datetime) else ["v", value]
    body = VERSION + orjson.dumps([position.id.hex, *tagged])
    return urlsafe_b64encode(_seal(key, binding, body) + body).decode().rstrip("=")


def decode(keys: bytes | tuple[bytes, ...], binding: str, cursor: str, argument: str) -> Position:
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    seal, body = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    tried = (keys,) if isinstance(keys, bytes) else keys
    if not any(hmac.compare_digest(seal, _seal(key, binding, body)) for key in tried):
        raise BadInputError(
            "This cursor does not belong to this list.",
            hint="A cursor is good for the same list with the same search and order only.",
            path=(argument,),
        )
    identity, tag, value = orjson.loads(body[len(VERSION) :])
    return Position(datetime.fromisoformat(value) if tag == "t" else value, UUID(hex=identity))


def _seal(key: bytes, binding: str, body: bytes) -> bytes:
    return hmac.new(key, binding.encode() + b"\0" + body, sha256).digest()[:SEAL_BYTES]
