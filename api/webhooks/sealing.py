"""Secrets of endpoints at rest, bound to the row that holds them."""

from collections.abc import Callable, Sequence
from secrets import token_bytes
from uuid import UUID

from api.auth import sealing
from api.auth.sealing import UnreadableSecretError

__all__ = ["UnreadableSecretError", "seal", "unseal", "unseal_with"]


def seal(
    key: bytes, tenant_id: UUID, endpoint_id: UUID, secret: bytes, draw: Callable[[int], bytes] = token_bytes
) -> bytes:
    return sealing.seal(key, _row(tenant_id, endpoint_id), secret, draw)


def unseal(key: bytes, tenant_id: UUID, endpoint_id: UUID, sealed: bytes) -> bytes:
    return sealing.unseal([key], _row(tenant_id, endpoint_id), sealed)


def unseal_with(keys: Sequence[bytes], tenant_id: UUID, endpoint_id: UUID, sealed: bytes) -> bytes:
    return sealing.unseal(keys, _row(tenant_id, endpoint_id), sealed)


def _row(tenant_id: UUID, endpoint_id: UUID) -> bytes:
    return b"webhook_endpoint" + tenant_id.bytes + endpoint_id.bytes
