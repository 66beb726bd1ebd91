"""What proves who sent a request: a bearer token, the browser's cookie from our own pages, or a source key."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.auth import cookies, source_keys, tokens
from api.auth.keys import Keys
from api.auth.principal import Caller, Principal, SourcePrincipal
from api.auth.source_keys import SourceKeyRef
from api.auth.tokens import SessionRef

FindPrincipal = Callable[[SessionRef], Awaitable[Principal | None]]
FindSource = Callable[[SourceKeyRef], Awaitable[SourcePrincipal | None]]


class Authenticator:
    """Turns credentials into a principal. The session must still be open: a token outlives no logout."""

    def __init__(
        self, keys: Keys, find_principal: FindPrincipal, find_source: FindSource, now: Callable[[], datetime]
    ) -> None:
        self._keys = keys
        self._find_principal = find_principal
        self._find_source = find_source
        self._now = now

    async def caller_of(self, connection: HTTPConnection) -> Caller | None:
        """Whoever it is, a source key included; every other way in takes people alone."""
        token = bearer_token(connection.headers.get("authorization", ""))
        if token is not None and token.startswith(source_keys.PREFIX):
            return await self.of_source_key(token)
        return await self.of_request(connection)

    async def of_source_key(self, text: str) -> SourcePrincipal | None:
        ref = source_keys.read(text)
        return None if ref is None else await self._find_source(ref)

    async def of_request(self, connection: HTTPConnection) -> Principal | None:
        """A token, when one is given, stands alone: a bad one is not made good by a cookie."""
        authorization = connection.headers.get("authorization")
        if authorization is not None:
            return await self.of_authorization(authorization)
        cookie = connection.cookies.get(cookies.SECURE_NAME) or connection.cookies.get(cookies.NAME)
        if cookie is None or not from_our_own_page(connection):
            return None
        return await self.of_session(cookies.unseal(self._keys.cookie, cookie))

    async def of_parameters(self, parameters: Mapping[str, object]) -> Principal | None:
        """The payload of a socket's connection_init; other clients write the name in other ways."""
        given = next((parameters[name] for name in ("Authorization", "authorization") if name in parameters), None)
        return await self.of_authorization(given) if isinstance(given, str) else None

    async def of_authorization(self, header: str) -> Principal | None:
        token = bearer_token(header)
        return None if token is None else await self.of_session(tokens.read(self._keys.signing, token, now=self._now()))

    async def of_session(self, ref: SessionRef | None) -> Principal | None:
        return None if ref is None else await self._find_principal(ref)


def bearer_token(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def from_our_own_page(connection: HTTPConnection) -> bool:
    """Whether the browser says that a page of this very host sent the request."""
    origin = connection.headers.get("origin")
    try:
        return origin is not None and urlsplit(origin).netloc == connection.headers.get("host")
    except ValueError:
        return False
