"""Whom an entry is about, sealed under a key of that customer's own.

An entry is never changed. Erasing a person deletes their key: every entry stays as it was written, and nobody can read
any more whom it was about.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from secrets import token_bytes
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.subject_repository import upsert_key

SUBJECT: Final = "subject"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12

Draw = Callable[[int], bytes]


async def sealed(
    session: AsyncSession, tenant_id: UUID, customer_id: UUID, external_id: str, draw: Draw = token_bytes
) -> dict[str, object]:
    """For the details of an entry: who it is about."""
    key_id, key = await upsert_key(session, tenant_id, customer_id, draw(KEY_BYTES))
    nonce = draw(NONCE_BYTES)
    closed = AESGCM(key).encrypt(nonce, external_id.encode(), _bound(tenant_id, key_id))
    return {SUBJECT: {"key": str(key_id), "sealed": b64encode(nonce + closed).decode()}}


def key_of(details: Mapping[str, Any]) -> UUID | None:
    """Which key opens it."""
    given = details.get(SUBJECT)
    try:
        return UUID(given["key"]) if isinstance(given, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def opened(tenant_id: UUID, details: Mapping[str, Any], key: bytes) -> str | None:
    """The customer's own id at the tenant's."""
    key_id = key_of(details)
    try:
        given = b64decode(details[SUBJECT]["sealed"], validate=True)
        return AESGCM(key).decrypt(given[:NONCE_BYTES], given[NONCE_BYTES:], _bound(tenant_id, key_id)).decode()
    except (InvalidTag, KeyError, TypeError, ValueError, binascii.Error):
        return None


def _bound(tenant_id: UUID, key_id: UUID | None) -> bytes:
    return f"cip/audit-subject/{tenant_id}/{key_id}".encode()
