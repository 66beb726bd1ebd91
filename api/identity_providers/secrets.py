"""What is sealed under the server's key: a tenant's client secret, and what a browser keeps while it is away."""

from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

import orjson

from api.auth.keys import Keys
from api.auth.sealing import UnreadableSecretError, seal, unseal
from api.identity_providers.protocol import Proofs

VISIT: Final = b"sign-in-visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """A sign-in that has begun: with whom, until when (seconds since 1970), and where to afterwards."""

    tenant_id: UUID
    issuer: str
    proofs: Proofs
    target: str
    expires_at: int


def seal_secret(keys: Keys, tenant_id: UUID, secret: str) -> bytes:
    return seal(keys.sign_in, _client(tenant_id), secret.encode())


def unseal_secret(keys: Keys, tenant_id: UUID, sealed: bytes) -> str:
    """Raises UnreadableSecretError."""
    return unseal([one.sign_in for one in keys.all], _client(tenant_id), sealed).decode()


def seal_visit(keys: Keys, visit: Visit) -> str:
    return seal(keys.sign_in, VISIT, orjson.dumps(asdict(visit), default=str)).hex()


def unseal_visit(keys: Keys, text: str) -> Visit | None:
    """None for what is not ours."""
    try:
        found = orjson.loads(unseal([one.sign_in for one in keys.all], VISIT, bytes.fromhex(text)))
    except (UnreadableSecretError, ValueError):
        return None
    proofs = Proofs(**found.pop("proofs"))
    return Visit(tenant_id=UUID(found.pop("tenant_id")), proofs=proofs, **found)


def _client(tenant_id: UUID) -> bytes:
    return b"identity_provider" + tenant_id.bytes
