"""Every key of the server, derived from the one secret by HKDF (RFC 5869) under labels of their own."""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import ECKey

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SCALAR_BYTES: Final = 48
"""Half as long again as the order, so that reducing it leaves no measurable bias (FIPS 186-5, A.2.1)."""


@dataclass(frozen=True, slots=True)
class Keys:
    """`signing` signs access tokens; `cookie` and `cursor` are HMAC-SHA256 keys, `webhooks` and `sign_in` AES-256
    keys.

    `accepted` are those of another secret: nothing is made with them, and what was made with them is good. With it the
    secret is changed on one server after the other, and nobody notices.
    """

    signing: ECKey
    cookie: bytes
    cursor: bytes
    webhooks: bytes
    sign_in: bytes
    accepted: "Keys | None" = None

    @classmethod
    def derive(cls, secret: str, accepted: str | None = None) -> "Keys":
        scalar = int.from_bytes(_expand(secret, "access-token-es256", SCALAR_BYTES)) % (P256_ORDER - 1) + 1
        signing = ECKey.import_key(ec.derive_private_key(scalar, ec.SECP256R1()))
        signing.ensure_kid()
        return cls(
            signing=signing,
            cookie=_expand(secret, "session-cookie", 32),
            cursor=_expand(secret, "cursor", 32),
            webhooks=_expand(secret, "webhook-secrets", 32),
            sign_in=_expand(secret, "sign-in", 32),
            accepted=None if accepted is None else cls.derive(accepted),
        )

    @property
    def all(self) -> tuple["Keys", ...]:
        """The own ones first."""
        return (self,) if self.accepted is None else (self, self.accepted)


def _expand(secret: str, label: str, length: int) -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=f"cip/{label}/v1".encode())
    return derivation.derive(secret.encode())
