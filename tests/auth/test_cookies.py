"""A session cookie is taken as it was given, or not at all."""

from uuid import UUID

import pytest

from api.auth.cookies import cookie_name, seal, unseal
from api.auth.tokens import SessionRef

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
REF = SessionRef(UUID(int=1), UUID(int=2))
FOREIGN = SessionRef(UUID(int=3), UUID(int=2))


def test_what_was_sealed_is_read_again() -> None:
    assert unseal(KEY, seal(KEY, REF)) == REF


@pytest.mark.parametrize("garbage", ["", ".", "..", "x", "a.b.c", "é.ü.ß", "\x00", "." * 5_000, "%00.%00.%00"])
def test_garbage_is_no_session(garbage: str) -> None:
    assert unseal(KEY, garbage) is None


def test_a_cookie_of_another_key_is_no_session() -> None:
    assert unseal(KEY, seal(OTHER_KEY, REF)) is None


def test_the_tenant_cannot_be_exchanged() -> None:
    _, _, signature = seal(KEY, REF).rpartition(".")
    body, _, _ = seal(KEY, FOREIGN).rpartition(".")
    assert unseal(KEY, f"{body}.{signature}") is None


def test_no_single_character_can_be_changed() -> None:
    good = seal(KEY, REF)
    for position, character in enumerate(good):
        changed = "0" if character != "0" else "1"
        assert unseal(KEY, good[:position] + changed + good[position + 1 :]) is None, position


def test_over_https_the_name_binds_the_cookie_to_the_host() -> None:
    assert cookie_name(secure=True) == "__Host-cip_session"
    assert cookie_name(secure=False) == "cip_session"
