"""What a provider says of itself: its endpoints and its keys, kept for a while, asked for by the guarded way out."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from api.errors import BadInputError
from api.identity_providers.contracts import Endpoints, Refused, SignInError
from api.outgoing import CallError, Outgoing

KEPT_SECONDS: Final = 600.0
FAILURE_SECONDS: Final = 10.0
"""A provider that is down is not asked by each visitor."""
KEYS_SECONDS: Final = 30.0
"""Between two looks for a key that is not known: a forged token makes no more calls than that."""
MOST_PROVIDERS: Final = 500
MOST_KEYS: Final = 50
KINDS: Final = frozenset({"RSA", "EC", "OKP"})
ACCEPT: Final = {"accept": "application/json"}


@dataclass(slots=True)
class _Known:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    endpoints: Endpoints | None = None
    endpoints_at: float = float("-inf")
    failed_at: float = float("-inf")
    keys: dict[str | None, Key] = field(default_factory=dict)
    keys_at: float = float("-inf")
    keys_of: str = ""


class Discovery:
    def __init__(self, outgoing: Outgoing, monotonic: Callable[[], float]) -> None:
        self._outgoing = outgoing
        self._monotonic = monotonic
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def endpoints(self, issuer: str, *, fresh: bool = False) -> Endpoints:
        """Raises SignInError. `fresh`: for whoever sets it up, and mends what was wrong a moment ago."""
        known = self._entry(issuer)
        async with known.lock:
            now = self._monotonic()
            if known.endpoints is not None and not fresh and now - known.endpoints_at < KEPT_SECONDS:
                return known.endpoints
            if not fresh and now - known.failed_at < FAILURE_SECONDS:
                raise SignInError(Refused.UNAVAILABLE, "it was down a moment ago")
            try:
                found = read_description(
                    issuer, await self._json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                )
                for url in (found.authorization, found.token, found.jwks):
                    self._check(url)
            except SignInError:
                known.failed_at = now
                raise
            known.endpoints, known.endpoints_at = found, now
            return found

    async def key(self, endpoints: Endpoints, kid: str | None) -> Key | None:
        """The key of that name, looked for again when it is not known: providers change theirs. Without a name, the
        only one there is."""
        known = self._entry(endpoints.issuer)
        async with known.lock:
            age = self._monotonic() - known.keys_at
            moved = known.keys_of != endpoints.jwks
            if moved or age >= KEPT_SECONDS or (_pick(known.keys, kid) is None and age >= KEYS_SECONDS):
                known.keys = read_keys(await self._json(endpoints.jwks))
                known.keys_at, known.keys_of = self._monotonic(), endpoints.jwks
            return _pick(known.keys, kid)

    def _entry(self, issuer: str) -> _Known:
        known = self._known.setdefault(issuer, _Known())
        self._known.move_to_end(issuer)
        if len(self._known) > MOST_PROVIDERS:
            self._known.popitem(last=False)
        return known

    def _check(self, url: str) -> None:
        try:
            self._outgoing.check(url)
        except BadInputError:
            raise SignInError(Refused.UNAVAILABLE, "an endpoint that may not be called") from None

    async def _json(self, url: str) -> dict[str, Any]:
        try:
            answer = await self._outgoing.fetch("GET", url, ACCEPT)
        except CallError as error:
            raise SignInError(Refused.UNAVAILABLE, error.code) from None
        if answer.status != 200:  # noqa: PLR2004
            raise SignInError(Refused.UNAVAILABLE, f"status {answer.status}")
        return read_object(answer.body)


def read_object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SignInError(Refused.UNAVAILABLE, "no JSON object")
    return found


def read_description(issuer: str, found: dict[str, Any]) -> Endpoints:
    """OpenID Connect Discovery 1.0, 4.3: it must be of exactly the issuer that was asked for."""
    if found.get("issuer") != issuer:
        raise SignInError(Refused.UNAVAILABLE, "it describes another issuer")
    urls = [found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(url, str) and url for url in urls):
        raise SignInError(Refused.UNAVAILABLE, "an endpoint is missing")
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    in_body = isinstance(methods, list) and "client_secret_basic" not in methods and "client_secret_post" in methods
    names_issuer = found.get("authorization_response_iss_parameter_supported") is True
    authorization, token, jwks = map(str, urls)
    return Endpoints(issuer, authorization, token, jwks, in_body, names_issuer)


def read_keys(found: dict[str, Any]) -> dict[str | None, Key]:
    """By name: those that verify, by public keys. A secret one would let its holder sign, whoever publishes it."""
    listed = found.get("keys")
    keys: dict[str | None, Key] = {}
    for one in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("kty") not in KINDS or one.get("use", "sig") != "sig":
            continue
        kid = one.get("kid")
        try:
            keys[kid if isinstance(kid, str) else None] = JWKRegistry.import_key(one)
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # one of a kind that we do not know says nothing against the others
    return keys


def _pick(keys: dict[str | None, Key], kid: str | None) -> Key | None:
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid)
