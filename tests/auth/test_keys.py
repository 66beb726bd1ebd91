"""One secret gives the same keys on every server, and another secret none of them."""

from api.auth.keys import Keys

SECRET = "the secret of two servers behind one address"


def _material(secret: str) -> tuple[object, bytes, bytes, bytes, bytes]:
    keys = Keys.derive(secret)
    return keys.signing.as_dict(private=True), keys.cookie, keys.cursor, keys.webhooks, keys.sign_in


def test_one_secret_gives_the_same_keys_every_time() -> None:
    assert _material(SECRET) == _material(SECRET)


def test_another_secret_gives_other_keys_throughout() -> None:
    for one, other in zip(_material(SECRET), _material(SECRET + "!"), strict=True):
        assert one != other


def test_each_use_has_a_key_of_its_own() -> None:
    keys = Keys.derive(SECRET)
    assert keys.signing.private_key is not None
    scalar = keys.signing.private_key.private_numbers().private_value.to_bytes(32)
    assert len({scalar, keys.cookie, keys.cursor, keys.webhooks, keys.sign_in}) == 5
    assert keys.signing.kid == Keys.derive(SECRET).signing.kid
    assert keys.signing.kid != Keys.derive("another").signing.kid
