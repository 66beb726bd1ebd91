"""What a request brings to prove who it is: a bearer token, or the browser's cookie from our own pages."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.auth import cookies, tokens
from api.auth.keys import Keys
from api.auth.principal import Principal
from api.auth.tokens import SessionRef

FindPrincipal = Callable[[SessionRef], Awaitable[Principal | None]]


class Authenticator:
    """Turns credentials into a principal. The session must still be open: a token outlives no logout."""

    def __init__(self, keys: Keys, find_principal: FindPrincipal, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._find_principal = find_principal
        self._now = now

    async def of_request(self, connection: HTTPConnection) -> Principal | None:
        """A token, when one is given, stands alone: a bad one is not made good by a cookie."""
        authorization = connection.headers.get("authorization")
        if authorization is not None:
            return await self.of_authorization(authorization)
        cookie = connection.cookies.get(cookies.SECURE_NAME) or connection.cookies.get(cookies.NAME)
        if cookie is None or not from_our_own_page(connection):
            return None
        return await self.of_session(cookies.unseal(self._keys.cookie, cookie))

    async def of_download(self, connection: HTTPConnection) -> Principal | None:
        """As of_request, for a GET that changes nothing: following a link, browsers send no Origin."""
        if connection.headers.get("authorization") is not None or not linked_from_our_own_page(connection):
            return await self.of_request(connection)
        cookie = connection.cookies.get(cookies.SECURE_NAME) or connection.cookies.get(cookies.NAME)
        return None if cookie is None else await self.of_session(cookies.unseal(self._keys.cookie, cookie))

    async def of_parameters(self, parameters: Mapping[str, object]) -> Principal | None:
        """The payload of a socket's connection_init; other clients write the name in other ways."""
        given = next((parameters[name] for name in ("Authorization", "authorization") if name in parameters), None)
        return await self.of_authorization(given) if isinstance(given, str) else None

    async def of_authorization(self, header: str) -> Principal | None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        return await self.of_session(tokens.read(self._keys.signing, token.strip(), now=self._now()))

    async def of_session(self, ref: SessionRef | None) -> Principal | None:
        return None if ref is None else await self._find_principal(ref)


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
