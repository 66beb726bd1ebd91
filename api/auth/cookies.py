"""The browser's session cookie: it names the tenant and the session, and is sealed by HMAC-SHA256."""

import hmac
from hashlib import sha256
from typing import Final
from uuid import UUID

from api.auth.tokens import SessionRef

NAME: Final = "cip_session"
SECURE_NAME: Final = "__Host-cip_session"


def cookie_name(*, secure: bool) -> str:
    """Over https the prefix makes the browser bind the cookie to this very host."""
    return SECURE_NAME if secure else NAME


def seal(key: bytes, ref: SessionRef) -> str:
    body = f"{ref.tenant_id.hex}.{ref.session_id.hex}"
    return f"{body}.{_signature(key, body)}"


def unseal(key: bytes, value: str) -> SessionRef | None:
    body, _, signature = value.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(key, body).encode()):
        return None
    tenant, _, session = body.partition(".")
    return SessionRef(tenant_id=UUID(hex=tenant), session_id=UUID(hex=session))


def _signature(key: bytes, body: str) -> str:
    return hmac.new(key, body.encode(), sha256).hexdigest()
