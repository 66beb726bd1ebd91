"""The name of an answer: everything that it depends on, and nothing else."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import orjson

DIGEST_BYTES: Final = 24


def document_digest(document: str) -> bytes:
    return blake2b(document.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def answer_key(
    *,
    schema: bytes,
    tenant_id: UUID,
    permissions: frozenset[str],
    user: str | None,
    document: bytes,
    operation_name: str | None,
    variables: Mapping[str, Any],
) -> bytes:
    """`schema` and `document` are digests. `user` is None when the answer is the same for all with these permissions.

    Raises without a tenant. Variables count by their value, whatever the order of their names.
    """
    if not isinstance(tenant_id, UUID):
        raise TypeError("the key of an answer needs the tenant's id")
    return _digest(
        (
            schema,
            tenant_id.bytes,
            _permissions_digest(permissions),
            _optional(user),
            document,
            _optional(operation_name),
            orjson.dumps(variables, option=orjson.OPT_SORT_KEYS),
        )
    )


@lru_cache(maxsize=256)
def _permissions_digest(permissions: frozenset[str]) -> bytes:
    return _digest(sorted(permission.encode() for permission in map(str, permissions)))


def _optional(text: str | None) -> bytes:
    """Nothing differs from an empty text."""
    return b"" if text is None else b"=" + text.encode("utf-8", "surrogatepass")


def _digest(parts: Iterable[bytes]) -> bytes:
    """Each part with its length in front, so that no two lists of parts read the same."""
    return blake2b(b"".join(len(part).to_bytes(4, "big") + part for part in parts), digest_size=DIGEST_BYTES).digest()
