"""What proves who sent a request: a bearer token, the browser's cookie from our own pages, or a key."""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import HTTPConnection

from api import log_context
from api.auth import api_keys, cookies, source_keys, tokens
from api.auth.api_keys import ApiKeyRef
from api.auth.keys import Keys
from api.auth.principal import Caller, Principal, SourcePrincipal
from api.auth.source_keys import SourceKeyRef
from api.auth.tokens import SessionRef, VerifiedToken
from api.cache.recent import Recent
from api.cache.together import Together
from api.graphql.observed import note_tenant

PRINCIPAL_SECONDS: Final = 2.0
"""How long a request may take a session for open that another process has ended: revoked is dead within 5 s."""
VERIFIED_TOKENS: Final = 10_000

C = TypeVar("C", bound=Caller | None)

FindPrincipals = Callable[[UUID, Sequence[UUID]], Awaitable[Mapping[UUID, Principal]]]
"""Takes (tenant id, session ids); returns the principals of those sessions that are open."""
FindProgram = Callable[[ApiKeyRef], Awaitable[Principal | None]]
FindSource = Callable[[SourceKeyRef], Awaitable[SourcePrincipal | None]]


class Authenticator:
    """Turns credentials into a principal. The session must still be open: a token outlives no logout."""

    def __init__(
        self,
        keys: Keys,
        find_users: FindPrincipals,
        now: Callable[[], datetime],
        find_principals: FindPrincipals,
        find_source: FindSource,
        find_program: FindProgram,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._find_users = find_users
        self.find_principals = find_principals
        self._find_source = find_source
        self._now = now
        self._find_program = find_program
        together = Together(self._find_all)
        self._recent = Recent(together.find, seconds=PRINCIPAL_SECONDS, monotonic=monotonic)
        self._programs = Recent(find_program, seconds=PRINCIPAL_SECONDS, monotonic=monotonic)
        self._verified: OrderedDict[bytes, VerifiedToken] = OrderedDict()

    def forget(self, tenant_id: UUID) -> None:
        """Accounts or sessions of this tenant have changed."""
        self._recent.forget(lambda ref: ref.tenant_id == tenant_id)
        self._programs.forget(lambda ref: True)  # a key names its tenant by another name

    async def caller_of(self, connection: HTTPConnection) -> Caller | None:
        """Whoever it is, a source key included; every other way in takes people alone."""
        key = _key_of(connection, source_keys.PREFIX)
        return await self.of_request(connection) if key is None else await self.of_source_key(key)

    async def of_source_key(self, text: str) -> SourcePrincipal | None:
        ref = source_keys.read(text)
        return _noted(None if ref is None else await self._find_source(ref))

    async def of_request(self, connection: HTTPConnection) -> Principal | None:
        key = _key_of(connection, api_keys.PREFIX)
        if key is not None:
            ref = api_keys.read(key)
            return self._still_good(None if ref is None else await self._programs.get(ref))
        return await self._of_recent(self._of_headers(connection))

    def known(self, connection: HTTPConnection) -> Principal | None:
        """As of_request, where that needs to wait for nothing; None says nothing about who it is."""
        if _key_of(connection, source_keys.PREFIX) is not None:
            return None
        key = _key_of(connection, api_keys.PREFIX)
        if key is not None:
            program = api_keys.read(key)
            return None if program is None else self._still_good(self._programs.known(program))
        ref = self._of_headers(connection)
        return None if ref is None else self._still_good(self._recent.known(ref))

    def _of_headers(self, connection: HTTPConnection) -> SessionRef | None:
        """A token, when one is given, stands alone: a bad one is not made good by a cookie."""
        authorization = connection.headers.get("authorization")
        if authorization is not None:
            return self._bearer(authorization)
        cookie = connection.cookies.get(cookies.SECURE_NAME) or connection.cookies.get(cookies.NAME)
        if cookie is None or not from_our_own_page(connection):
            return None
        return self._of_cookie(cookie)

    async def of_download(self, connection: HTTPConnection) -> Principal | None:
        """As of_request, for a GET that changes nothing: following a link, browsers send no Origin."""
        if connection.headers.get("authorization") is not None or not linked_from_our_own_page(connection):
            return await self.of_request(connection)
        cookie = connection.cookies.get(cookies.SECURE_NAME) or connection.cookies.get(cookies.NAME)
        return None if cookie is None else await self._of_recent(self._of_cookie(cookie))

    async def of_parameters(self, parameters: Mapping[str, object]) -> Principal | None:
        """The payload of a socket's connection_init; other clients write the name in other ways."""
        given = next((parameters[name] for name in ("Authorization", "authorization") if name in parameters), None)
        return await self.of_authorization(given) if isinstance(given, str) else None

    async def of_authorization(self, header: str) -> Principal | None:
        token = bearer_token(header)
        if token is not None and token.startswith(api_keys.PREFIX):
            ref = api_keys.read(token)
            return _noted(None if ref is None else await self._find_program(ref))
        return await self.of_session(self._bearer(header))

    async def of_session(self, ref: SessionRef | None) -> Principal | None:
        """As the database says right now: for sockets, which live long."""
        return _noted(None if ref is None else (await self._find_all([ref])).get(ref))

    async def _of_recent(self, ref: SessionRef | None) -> Principal | None:
        return self._still_good(None if ref is None else await self._recent.get(ref))

    def _still_good(self, found: Principal | None) -> Principal | None:
        return _noted(None if found is None or found.expires_at <= self._now() else found)

    async def _find_all(self, refs: Sequence[SessionRef]) -> Mapping[SessionRef, Principal]:
        """One statement for each tenant, however many people come at once."""
        by_tenant: dict[UUID, list[SessionRef]] = defaultdict(list)
        for ref in refs:
            by_tenant[ref.tenant_id].append(ref)
        found: dict[SessionRef, Principal] = {}
        for tenant_id, own in by_tenant.items():
            principals = await self._find_users(tenant_id, [ref.session_id for ref in own])
            found |= {ref: principals[ref.session_id] for ref in own if ref.session_id in principals}
        return found

    def _of_cookie(self, cookie: str) -> SessionRef | None:
        return next(filter(None, (cookies.unseal(keys.cookie, cookie) for keys in self._keys.all)), None)

    def _bearer(self, header: str) -> SessionRef | None:
        token = bearer_token(header)
        return None if token is None else self._of_token(token)

    def _of_token(self, token: str) -> SessionRef | None:
        """A signature is verified once: it costs more than all the rest of an answer from the cache."""
        now = self._now()
        digest = blake2b(token.encode(errors="replace")).digest()
        verified = self._verified.get(digest)
        if verified is None:
            tried = (tokens.verify(keys.signing, token, now=now) for keys in self._keys.all)
            verified = next(filter(None, tried), None)
            if verified is None:
                return None
            self._verified[digest] = verified
            if len(self._verified) > VERIFIED_TOKENS:
                self._verified.popitem(last=False)
        return verified.ref if now.timestamp() < verified.expires_at else None


def bearer_token(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _key_of(connection: HTTPConnection, prefix: str) -> str | None:
    """The bearer token, where it is a key of that kind."""
    token = bearer_token(connection.headers.get("authorization", ""))
    return token if token is not None and token.startswith(prefix) else None


def from_our_own_page(connection: HTTPConnection) -> bool:
    """Whether the browser says that a page of this very host sent the request."""
    origin = connection.headers.get("origin")
    try:
        return origin is not None and urlsplit(origin).netloc == connection.headers.get("host")
    except ValueError:
        return False


def linked_from_our_own_page(connection: HTTPConnection) -> bool:
    """Whether the browser says that a link of this very host was followed."""
    if connection.headers.get("sec-fetch-site") == "same-origin" or from_our_own_page(connection):
        return True
    try:
        return urlsplit(connection.headers.get("referer", "")).netloc == connection.headers.get("host")
    except ValueError:
        return False


def _noted(caller: C) -> C:
    """From here on the log lines of the request carry its tenant."""
    if caller is not None:
        log_context.add_tenant(caller.tenant_id)
        note_tenant(caller.tenant_id)
    return caller
