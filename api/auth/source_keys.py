"""Source keys: `cip_src_<tenant slug>_<8 public>_<32 secret>`. The slug says which tenant to bind first."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import choice
from string import ascii_letters, digits
from typing import Final

PREFIX: Final = "cip_src_"
PUBLIC_LENGTH: Final = 8
SECRET_LENGTH: Final = 32
ALPHABET: Final = ascii_letters + digits
"""32 of these 62 characters are 190 bits: too many to guess, so a fast hash is enough."""
FORM: Final = re.compile(r"cip_src_([a-z][a-z0-9-]{1,38}[a-z0-9])_([A-Za-z0-9]{8})_([A-Za-z0-9]{32})")


@dataclass(frozen=True, slots=True)
class SourceKeyRef:
    """What a key says of itself, before anything is proved."""

    slug: str
    public: str
    secret_hash: bytes


@dataclass(frozen=True, slots=True)
class IssuedSourceKey:
    """`text` is shown once; `ref` is what is kept of it."""

    text: str
    ref: SourceKeyRef


def issue(slug: str, draw: Callable[[str], str] = choice) -> IssuedSourceKey:
    public = "".join(draw(ALPHABET) for _ in range(PUBLIC_LENGTH))
    secret = "".join(draw(ALPHABET) for _ in range(SECRET_LENGTH))
    return IssuedSourceKey(f"{PREFIX}{slug}_{public}_{secret}", SourceKeyRef(slug, public, _digest(secret)))


def read(text: str) -> SourceKeyRef | None:
    """None for whatever is not of a key's form."""
    found = FORM.fullmatch(text)
    return None if found is None else SourceKeyRef(found[1], found[2], _digest(found[3]))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
