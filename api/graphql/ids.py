"""Global object ids: opaque to clients, `Type:uuid` inside."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import strawberry

from api.errors import BadInputError


def global_id(type_name: str, key: UUID) -> strawberry.ID:
    return strawberry.ID(urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("="))


def parse_global_id(value: str) -> tuple[str, UUID]:
    try:
        text = urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
        type_name, _, key = text.partition(":")
        return type_name, UUID(key)
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise BadInputError("This is not an id of this API.", path=("id",)) from error


def key_of(type_name: str, value: str) -> UUID | None:
    """The key inside an id of this type; None for another type's, which then answers like a missing object."""
    found, key = parse_global_id(value)
    return key if found == type_name else None
