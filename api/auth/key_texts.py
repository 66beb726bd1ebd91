"""What keys of programs look like: `<prefix><tenant slug>_<8 public>_<32 secret>`. The slug says which tenant to bind
first; the secret is shown once, and only its SHA-256 is kept."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import choice
from string import ascii_letters, digits
from typing import Final

PUBLIC_LENGTH: Final = 8
SECRET_LENGTH: Final = 32
ALPHABET: Final = ascii_letters + digits
"""32 of these 62 characters are 190 bits: too many to guess, so a fast hash is enough."""


@dataclass(frozen=True, slots=True)
class KeyRef:
    """What a key says of itself, before anything is proved."""

    slug: str
    public: str
    secret_hash: bytes


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """`text` is shown once; `ref` is what is kept of it."""

    text: str
    ref: KeyRef


class KeyForm:
    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._form = re.compile(f"{prefix}([a-z][a-z0-9-]{{1,38}}[a-z0-9])_([A-Za-z0-9]{{8}})_([A-Za-z0-9]{{32}})")

    def issue(self, slug: str, draw: Callable[[str], str] = choice) -> IssuedKey:
        public = "".join(draw(ALPHABET) for _ in range(PUBLIC_LENGTH))
        secret = "".join(draw(ALPHABET) for _ in range(SECRET_LENGTH))
        return IssuedKey(f"{self.prefix}{slug}_{public}_{secret}", KeyRef(slug, public, _digest(secret)))

    def read(self, text: str) -> KeyRef | None:
        """None for whatever is not of a key's form."""
        found = self._form.fullmatch(text)
        return None if found is None else KeyRef(found[1], found[2], _digest(found[3]))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
