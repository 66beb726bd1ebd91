"""Secrets at rest: AES-256-GCM under the server's own key, bound to the row that holds them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from secrets import token_bytes
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12


class UnreadableSecretError(Exception):
    """Sealed for another row, or under another JWT_SECRET_KEY."""


def seal(
    key: bytes, tenant_id: UUID, endpoint_id: UUID, secret: bytes, draw: Callable[[int], bytes] = token_bytes
) -> bytes:
    nonce = draw(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, _row(tenant_id, endpoint_id))


def unseal(key: bytes, tenant_id: UUID, endpoint_id: UUID, sealed: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _row(tenant_id, endpoint_id))
    except InvalidTag:
        raise UnreadableSecretError from None


def unseal_with(keys: Sequence[bytes], tenant_id: UUID, endpoint_id: UUID, sealed: bytes) -> bytes:
    """With the first of the keys that fits: while JWT_SECRET_KEY is changed there are two."""
    for key in keys[:-1]:
        with suppress(UnreadableSecretError):
            return unseal(key, tenant_id, endpoint_id, sealed)
    return unseal(keys[-1], tenant_id, endpoint_id, sealed)


def _row(tenant_id: UUID, endpoint_id: UUID) -> bytes:
    return b"webhook_endpoint" + tenant_id.bytes + endpoint_id.bytes
