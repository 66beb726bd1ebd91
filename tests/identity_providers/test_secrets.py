"""What is sealed: readable by the server for whom it was sealed, also while its own secret is changed."""

import pytest

from api.auth.keys import Keys
from api.auth.sealing import UnreadableSecretError
from api.identity_providers.protocol import Proofs
from api.identity_providers.secrets import Visit, seal_secret, seal_visit, unseal_secret, unseal_visit
from models.base import new_id

OLD, NEW = "the secret that the servers have had until now", "the secret that they will have from now on"


def test_a_secret_is_read_for_its_tenant_alone_and_while_keys_are_changed() -> None:
    tenant, other = new_id(), new_id()
    sealed = seal_secret(Keys.derive(OLD), tenant, "s3cret")
    assert b"s3cret" not in sealed
    assert unseal_secret(Keys.derive(NEW, OLD), tenant, sealed) == "s3cret"
    for keys, owner in ((Keys.derive(OLD), other), (Keys.derive(NEW), tenant)):
        with pytest.raises(UnreadableSecretError):
            unseal_secret(keys, owner, sealed)


def test_a_visit_comes_back_as_it_was_and_a_changed_one_not_at_all() -> None:
    visit = Visit(new_id(), "https://id.example", Proofs("state", "nonce", "verifier"), "/é", 1_700_000_000)
    sealed = seal_visit(Keys.derive(OLD), visit)
    assert unseal_visit(Keys.derive(NEW, OLD), sealed) == visit
    assert unseal_visit(Keys.derive(NEW), sealed) is None
    for at in range(0, len(sealed), 7):
        spoilt = sealed[:at] + ("0" if sealed[at] != "0" else "1") + sealed[at + 1 :]
        assert unseal_visit(Keys.derive(OLD), spoilt) is None
