from base64 import b64decode
from hashlib import sha256
from hmac import digest

import pytest

from models.quoting import identifier, literal
from models.scram import verifier


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("plain", '"plain"'), ('a"b', '"a""b"'), ("a b;--", '"a b;--"'), ("a\\b", '"a\\b"')],
)
def test_identifiers(text: str, quoted: str) -> None:
    assert identifier(text) == quoted


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("", "''"), ("it's", "'it''s'"), ("a\\'b", "E'a\\\\''b'"), ('"', "'\"'")],
)
def test_literals(text: str, quoted: str) -> None:
    assert literal(text) == quoted


def test_what_sql_cannot_hold_is_refused() -> None:
    for refused in ("", "a\0b"):
        with pytest.raises(ValueError, match="zero byte"):
            identifier(refused)
    with pytest.raises(ValueError, match="zero byte"):
        literal("a\0b")


def test_the_verifier_gives_the_signatures_of_the_standard() -> None:
    """The example of RFC 7677, section 3."""
    salt, nonce = "W22ZaJ0SNY7soEsUEjb6gQ==", "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    conversation = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s={salt},i=4096,c=biws,r={nonce}".encode()
    proof = b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")

    head, keys = verifier("pencil", b64decode(salt)).rsplit("$", 1)
    stored_key, server_key = (b64decode(key) for key in keys.split(":"))

    assert head == f"SCRAM-SHA-256$4096:{salt}"
    assert digest(server_key, conversation, "sha256") == b64decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    client_key = bytes(a ^ b for a, b in zip(proof, digest(stored_key, conversation, "sha256"), strict=True))
    assert sha256(client_key).digest() == stored_key


@pytest.mark.parametrize("password", ["", "pässword", "a\nb"])
def test_a_password_that_needs_preparation_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        verifier(password, b"salt")
