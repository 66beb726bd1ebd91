"""Hashing and checking passwords."""

from collections.abc import Iterator

import pytest

from api.auth.passwords import Passwords, check_strength
from api.errors import BadInputError


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_a_password_is_known_again_and_no_other_is(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify("correct horse battery", stored) is True
    assert await passwords.verify("correct horse batterie", stored) is False
    assert await passwords.verify("", stored) is False


async def test_the_same_password_is_hashed_differently_each_time(passwords: Passwords) -> None:
    assert await passwords.hash("correct horse battery") != await passwords.hash("correct horse battery")


async def test_nobody_has_no_password(passwords: Passwords) -> None:
    assert await passwords.verify("the hash that an unknown user is checked against", None) is False


async def test_something_else_than_a_hash_matches_nothing(passwords: Passwords) -> None:
    assert await passwords.verify("correct horse battery", "correct horse battery") is False


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 257])
def test_too_short_and_too_long_ones_are_refused(password: str) -> None:
    with pytest.raises(BadInputError, match="12 to 256 characters"):
        check_strength(password)


@pytest.mark.parametrize("password", ["twelve chars", "x" * 256])
def test_the_shortest_and_the_longest_are_taken(password: str) -> None:
    check_strength(password)
