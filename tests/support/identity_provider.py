"""A small OpenID Connect provider over real HTTP: as strict as the standard, and false when it is told to be."""

import hmac
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.running import serving
from tests.support.world import clock

CLIENT: Final = "our-client"
SECRET: Final = "the client's secret"
Claims = dict[str, Any]


@dataclass(slots=True)
class IdentityProvider:
    """`person` is who is at the keyboard. `change` may falsify the claims of a token, `sign` how it is signed."""

    issuer: str = ""
    secret: str | None = SECRET
    redirect_uri: str = "http://testserver/sign-in/callback"
    person: Claims = field(default_factory=lambda: {"sub": "42", "email": "ann@acme.example", "email_verified": True})
    keys: list[Key] = field(default_factory=lambda: [make_key("first")])
    change: Callable[[Claims], Claims] = dict
    sign: Callable[[Claims], str] | None = None
    down: bool = False
    declines: bool = False
    names_itself: bool = False
    describes: Callable[[Claims], Claims] = dict
    now: Callable[[], datetime] = clock
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    async def description(self, request: Request) -> Response:
        self.asked.append("description")
        if self.down:
            return Response(status_code=503)
        given = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "authorization_response_iss_parameter_supported": self.names_itself,
        }
        return JSONResponse(self.describes(given))

    async def authorize(self, request: Request) -> Response:
        """The person is at home, and agrees."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == self.redirect_uri
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        named = {"iss": self.issuer} if self.names_itself else {}
        if self.declines:
            return self._back({"error": "access_denied", "state": asked["state"], **named})
        code = token_urlsafe(24)
        self._codes[code] = asked
        return self._back({"code": code, "state": asked["state"], **named})

    def _back(self, answer: dict[str, str]) -> Response:
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", status_code=302)

    async def token(self, request: Request) -> Response:
        self.asked.append("token")
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self._codes.pop(form.get("code", ""), None)
        if not self._knows(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or form["grant_type"] != "authorization_code" or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if not hmac.compare_digest(challenge, asked["code_challenge"]):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(self.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        claims = self.change(claims)
        token = signed(self.keys[-1], claims) if self.sign is None else self.sign(claims)
        answer = {"access_token": token_urlsafe(16), "token_type": "Bearer", "expires_in": 300, "id_token": token}
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    def _knows(self, request: Request, form: dict[str, str]) -> bool:
        if self.secret is None:
            return form.get("client_id") == CLIENT and "authorization" not in request.headers
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        return scheme == "Basic" and b64decode(text).decode() == f"{CLIENT}:{self.secret}"

    async def jwks(self, request: Request) -> Response:
        self.asked.append("keys")
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.description),
            Route("/authorize", self.authorize),
            Route("/token", self.token, methods=["POST"]),
            Route("/keys", self.jwks),
        ]


def make_key(name: str) -> Key:
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig"})


def make_rsa_key(name: str) -> Key:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


def signed(key: Key, claims: Claims) -> str:
    algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
    return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])


def unsigned(claims: Claims) -> str:
    """`alg: none`, as nobody may send it."""
    header, body = (urlsafe_b64encode(orjson.dumps(one)).rstrip(b"=").decode() for one in ({"alg": "none"}, claims))
    return f"{header}.{body}."


def by_secret(claims: Claims) -> str:
    """With what the client and the provider both know, as if that were a key."""
    key = OctKey.import_key(SECRET * 2)
    return jwt.encode({"alg": "HS256", "kid": "first"}, claims, key, algorithms=["HS256"])


@asynccontextmanager
async def providing() -> AsyncIterator[IdentityProvider]:
    provider = IdentityProvider()
    async with serving(Starlette(routes=provider.routes())) as url:
        provider.issuer = url
        yield provider
