"""Standard Webhooks 1.0: the headers of a message, and the secrets that sign it. Pure but for `new_secret`."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Final
from uuid import UUID

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""The standard asks for 24 to 64."""


def new_secret(draw: Callable[[int], bytes] = token_bytes) -> bytes:
    return draw(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    return PREFIX + b64encode(secret).decode()


def secret_of(text: str) -> bytes:
    return b64decode(text.removeprefix(PREFIX))


def message_id(delivery_id: UUID) -> str:
    """The same at each try: receivers tell by it what they have had."""
    return f"msg_{delivery_id.hex}"


def headers(identity: str, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """Signed by each secret: while one takes the place of another, receivers may hold either."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((identity.encode(), timestamp.encode(), body))
    signatures = (b64encode(hmac.new(secret, signed, sha256).digest()).decode() for secret in secrets)
    return {
        "content-type": "application/json",
        "user-agent": "customer-intelligence-platform-webhooks/1",
        "webhook-id": identity,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
