"""Signatures by the standard, and secrets that only their own row opens."""

from base64 import b64encode
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.webhooks import signing
from api.webhooks.sealing import UnreadableSecretError, seal, unseal
from tests.support.world import NOW
from tests.webhooks.receiver import Received, is_signed

SECRETS = st.binary(min_size=24, max_size=64)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    secret = signing.secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [secret])
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(SECRETS, st.text().map(str.encode), SECRETS)
def test_whoever_holds_the_secret_can_tell_and_nobody_else(secret: bytes, body: bytes, other: bytes) -> None:
    received = Received(signing.headers("msg_1", NOW, body, [secret]), body)
    now = NOW.timestamp()
    assert is_signed(received, f"whsec_{b64encode(secret).decode()}", now)
    assert is_signed(received, f"whsec_{b64encode(other).decode()}", now) is (secret == other)
    assert not is_signed(Received(received.headers, body + b" "), signing.secret_text(secret), now)
    assert not is_signed(received, signing.secret_text(secret), now + 400)


def test_during_a_rotation_either_secret_does() -> None:
    new, old = signing.new_secret(), signing.new_secret()
    received = Received(signing.headers("msg_1", NOW, b"{}", [new, old]), b"{}")
    assert all(is_signed(received, signing.secret_text(secret), NOW.timestamp()) for secret in (new, old))


def test_a_sealed_secret_opens_for_its_row_and_its_key_alone() -> None:
    key, tenant, endpoint, secret = bytes(range(32)), uuid4(), uuid4(), signing.new_secret()
    sealed = seal(key, tenant, endpoint, secret)
    assert secret not in sealed
    assert sealed != seal(key, tenant, endpoint, secret)
    assert unseal(key, tenant, endpoint, sealed) == secret
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong in (
        (bytes(32), tenant, endpoint, sealed),
        (key, uuid4(), endpoint, sealed),
        (key, tenant, uuid4(), sealed),
        (key, tenant, endpoint, damaged),
    ):
        with pytest.raises(UnreadableSecretError):
            unseal(*wrong)
