"""Access tokens: ES256, ten minutes, for one session of one account of one tenant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ISSUER: Final = "cip"
AUDIENCE: Final = "cip-api"
LIFETIME: Final = timedelta(minutes=10)
ALGORITHMS: Final = ["ES256"]


@dataclass(frozen=True, slots=True)
class SessionRef:
    """What a token or a cookie proves: nothing but which session it belongs to."""

    tenant_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Signed by us. Good until `expires_at`, in whole seconds since 1970."""

    ref: SessionRef
    expires_at: int


def issue(key: ECKey, ref: SessionRef, *, account_id: UUID, role: str, now: datetime) -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(account_id),
        "tenant": str(ref.tenant_id),
        "role": role,
        "sid": str(ref.session_id),
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=ALGORITHMS)


def read(key: ECKey, token: str, *, now: datetime) -> SessionRef | None:
    """The session a token was issued for; None for anything that is not exactly such a token, whatever the reason."""
    verified = verify(key, token, now=now)
    return None if verified is None else verified.ref


def verify(key: ECKey, token: str, *, now: datetime) -> VerifiedToken | None:
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=0,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        exp={"essential": True},
        tenant={"essential": True},
        sid={"essential": True},
    )
    try:
        decoded = jwt.decode(token, key, algorithms=ALGORITHMS)
        registry.validate(decoded.claims)
        if decoded.header.get("kid") != key.kid:
            return None
        ref = SessionRef(tenant_id=UUID(decoded.claims["tenant"]), session_id=UUID(decoded.claims["sid"]))
        return VerifiedToken(ref, int(decoded.claims["exp"]))
    except (JoseError, ValueError, TypeError, AttributeError):
        return None
