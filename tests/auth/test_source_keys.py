"""The form of a source key."""

from hashlib import sha256

import pytest

from api.auth import source_keys


def test_a_key_reads_back_as_what_it_was_issued_with() -> None:
    issued = source_keys.issue("acme-shop")
    prefix, kind, slug, public, secret = issued.text.split("_")
    assert (prefix, kind, slug, len(public), len(secret)) == ("cip", "src", "acme-shop", 8, 32)
    assert source_keys.read(issued.text) == issued.ref
    assert issued.ref.secret_hash == sha256(secret.encode()).digest()


def test_no_two_keys_are_the_same() -> None:
    assert len({source_keys.issue("acme").text for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cip_src_",
        "cip_src_acme_abcdefgh",
        f"cip_src_acme_abcdefgh_{'x' * 31}",
        f"cip_src_acme_abcdefgh_{'x' * 33}",
        f"cip_live_acme_abcdefgh_{'x' * 32}",
        f"cip_src_acme\0_abcdefgh_{'x' * 32}",
        f"cip_src_Acme_abcdefgh_{'x' * 32}",
        f"cip_src_acme_abcdefgh_{'x' * 32}\n",
        f"cip_src_acme_abcdefgh_{'é' * 32}",
    ],
)
def test_what_has_not_the_form_is_no_key(text: str) -> None:
    assert source_keys.read(text) is None
