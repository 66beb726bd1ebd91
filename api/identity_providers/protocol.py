"""The authorization code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636), by Authlib; nothing here calls out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.client import DEFAULT_HEADERS, OAuth2Client
from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response, prepare_token_request
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from api.identity_providers.contracts import Endpoints, Person, Refused, SignInError

SCOPE: Final = "openid email profile"
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""By public keys only: `none` is nobody's, and HS256 is anybody's who has the client's secret."""
LEEWAY: Final = 60
LONGEST_SUBJECT: Final = 255
LONGEST_EMAIL: Final = 100
"""As long as a user name may be, which it becomes."""


@dataclass(frozen=True, slots=True)
class Client:
    """What we are to a provider. A secret is optional: PKCE proves that who comes back is who went."""

    client_id: str
    secret: str | None
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Proofs:
    """Drawn for one sign-in, and kept by the browser that began it."""

    state: str
    nonce: str
    verifier: str


def authorization_url(endpoints: Endpoints, client: Client, proofs: Proofs) -> str:
    asking = _oauth(endpoints, client)
    url, _ = asking.create_authorization_url(
        endpoints.authorization, state=proofs.state, nonce=proofs.nonce, code_verifier=proofs.verifier
    )
    return str(url)


def code_of(endpoints: Endpoints, answer: Mapping[str, str], query: str, proofs: Proofs) -> str:
    """The code that the provider sent the browser back with. Raises SignInError."""
    if answer.get("state") != proofs.state:
        raise SignInError(Refused.STALE, "another state")
    if (endpoints.names_issuer or "iss" in answer) and answer.get("iss") != endpoints.issuer:
        raise SignInError(Refused.INVALID, "the answer is another issuer's")
    if "error" in answer:
        raise SignInError(Refused.DECLINED, "the provider said no")
    try:
        return str(parse_authorization_code_response(f"?{query}", proofs.state)["code"])
    except OAuth2Error as error:
        raise SignInError(Refused.INVALID, type(error).__name__) from None


def token_request(endpoints: Endpoints, client: Client, code: str, proofs: Proofs) -> tuple[dict[str, str], bytes]:
    """Headers and body of what is posted to the token endpoint."""
    body = prepare_token_request(
        "authorization_code", code=code, redirect_uri=client.redirect_uri, code_verifier=proofs.verifier
    )
    asking = _oauth(endpoints, client)
    auth = asking.client_auth(asking.token_endpoint_auth_method)
    _, headers, body = auth.prepare("POST", endpoints.token, dict(DEFAULT_HEADERS), body)
    return headers, body.encode()


def key_name(token: str) -> str | None:
    """Of the key that the token says it is signed by. Raises SignInError."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise SignInError(Refused.INVALID, "the ID token is none") from None
    kid = header.get("kid")
    return kid if isinstance(kid, str) else None


def person_of(
    token: str, key: Key, endpoints: Endpoints, client: Client, *, nonce: str, access_token: str | None, now: int
) -> Person:
    """Raises SignInError unless the token is this provider's, for us, for this sign-in and of now (Core 3.1.3.7)."""
    options = {
        "iss": {"essential": True, "value": endpoints.issuer},
        "aud": {"essential": True, "value": client.client_id},
    }
    params = {"nonce": nonce, "client_id": client.client_id, "access_token": access_token}
    try:
        decoded = jwt.decode(token, key, algorithms=ALGORITHMS)
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=now, leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise SignInError(Refused.INVALID, type(error).__name__) from None
    return _person(claims)


def _person(claims: Mapping[str, Any]) -> Person:
    subject, email, name = claims.get("sub"), claims.get("email"), claims.get("name")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise SignInError(Refused.INVALID, "no subject")
    proven = claims.get("email_verified") is True and isinstance(email, str) and _is_address(email)
    address = str(email).lower() if proven else None
    named = name.strip() if isinstance(name, str) and name.isprintable() else ""
    return Person(subject, address, named[:LONGEST_EMAIL] or (address or ""))


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and text.isprintable() and " " not in text and len(text) <= LONGEST_EMAIL


def _oauth(endpoints: Endpoints, client: Client) -> OAuth2Client:
    method = None if client.secret is None or not endpoints.secret_in_body else "client_secret_post"
    return OAuth2Client(
        None,
        client_id=client.client_id,
        client_secret=client.secret,
        token_endpoint_auth_method=method,
        scope=SCOPE,
        redirect_uri=client.redirect_uri,
        code_challenge_method="S256",
    )
