"""Secrets at rest: AES-256-GCM, bound to what says whose they are, so that none can be put in another's place."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12


class UnreadableSecretError(Exception):
    """Sealed for somebody else, or under another JWT_SECRET_KEY."""


def seal(key: bytes, owner: bytes, secret: bytes, draw: Callable[[int], bytes] = token_bytes) -> bytes:
    nonce = draw(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, owner)


def unseal(keys: Sequence[bytes], owner: bytes, sealed: bytes) -> bytes:
    """With the first of the keys that fits: while JWT_SECRET_KEY is changed there are two."""
    for key in keys:
        with suppress(InvalidTag, ValueError):
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner)
    raise UnreadableSecretError
