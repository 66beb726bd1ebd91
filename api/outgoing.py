"""Calls to addresses that tenants name: only into the public internet, whatever the name resolves to.

A name is resolved once, each of its addresses is checked, and the connection is made to a checked one. So a name that
answers otherwise the next time (DNS rebinding) leads nowhere. Redirects are not followed.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

import httpx

from api.errors import BadInputError

LONGEST_URL: Final = 2_000
LAST_PORT: Final = 65_535
SECONDS: Final = 10.0
"""For one call: name, connection, TLS and the answer's head."""
ANSWER_LIMIT: Final = 16 * 1024
"""Bytes of an answer's body that are taken; nobody reads them, but a sender that is cut off may call it a failure."""
FETCH_LIMIT: Final = 512 * 1024
ADDRESSES_TRIED: Final = 2

SPECIAL: Final = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",  # protocol assignments; Python calls 192.0.0.8 and some others global
            "192.88.99.0/24",  # relays of 6to4
            "168.63.129.16/32",  # Azure's platform address
            "2001::/23",  # protocol assignments, Teredo among them
            "2001:db8::/32",
            "2002::/16",  # 6to4: holds an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
UNICAST: Final = ip_network("2000::/3")
"""All that IPv6 has given out; 64:ff9b::/96 (NAT64) and ::ffff:0:0/96, which hold IPv4 addresses, are outside."""

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes (host, port); returns all its addresses. Raises OSError."""


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in UNICAST:
        return False
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in SPECIAL if network.version == address.version)


async def resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CallError(Exception):
    """No answer: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer that is read; its body is whole."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Outgoing:
    """`allows_private` is for tests and for trying things on one machine: then any address will do, and plain http."""

    allows_private: bool = False
    allows_plain: bool = False
    resolve: Resolve = resolve
    seconds: float = SECONDS
    tls: ssl.SSLContext | None = None

    def check(self, url: str, path: tuple[str, ...] = ("url",)) -> None:
        """What can be said before anything is called. Raises BadInputError."""
        parsed = _parsed(url, path)
        schemes = ("https", "http") if self.allows_plain or self.allows_private else ("https",)
        if parsed.scheme not in schemes:
            raise BadInputError(f"A URL to call begins with {' or '.join(schemes)}://.", path=path)
        if parsed.userinfo or parsed.fragment:
            raise BadInputError("A URL to call has no user, no password and no fragment.", path=path)
        try:
            literal = ip_address(parsed.host)
        except ValueError:
            return
        if not self._may_reach(literal):
            raise BadInputError("This address is not one of the public internet.", path=path)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises CallError."""
        begun = time.monotonic()
        found = await self._within("POST", url, headers, body, ANSWER_LIMIT)
        return Answer(found.status, round((time.monotonic() - begun) * 1000))

    async def fetch(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", limit: int = FETCH_LIMIT
    ) -> Fetched:
        """For an answer that is read. Raises CallError, also when it is longer than `limit`."""
        found = await self._within(method, url, {"accept-encoding": "identity", **headers}, body, limit + 1)
        if len(found.body) > limit:
            raise CallError("TOO_LONG")
        return found

    async def _within(self, method: str, url: str, headers: Mapping[str, str], body: bytes, limit: int) -> Fetched:
        try:
            self.check(url)
        except BadInputError:
            raise CallError("URL_REFUSED") from None
        try:
            async with asyncio.timeout(self.seconds):
                return await self._call(method, _parsed(url, ()), headers, body, limit)
        except TimeoutError:
            raise CallError("TIMEOUT") from None

    async def _call(self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes, limit: int) -> Fetched:
        host = url.raw_host.decode("ascii")
        addresses = await self._addresses(host, url.port or (443 if url.scheme == "https" else 80))
        named = {**headers, "host": url.netloc.decode("ascii")}
        refused: CallError | None = None
        for address in addresses[:ADDRESSES_TRIED]:
            pinned = url.copy_with(host=str(address))
            request = httpx.Request(method, pinned, headers=named, content=body, extensions={"sni_hostname": host})
            try:
                return await self._send(request, limit)
            except httpx.ConnectError as error:
                refused = CallError("TLS" if _is_tls(error) else "CONNECTION")
            except httpx.HTTPError:
                raise CallError("PROTOCOL") from None
        assert refused is not None
        raise refused

    async def _send(self, request: httpx.Request, limit: int) -> Fetched:
        """A connection of its own: a pool would share one by address, whatever name its certificate is for."""
        async with httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False) as transport:
            response = await transport.handle_async_request(request)
            taken = bytearray()
            try:
                async for piece in response.aiter_raw():
                    taken += piece
                    if len(taken) >= limit:
                        break
            finally:
                await response.aclose()
        return Fetched(response.status_code, bytes(taken))

    async def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            addresses = [ip_address(found) for found in await self.resolve(host, port)]
        except (OSError, UnicodeError, ValueError):
            raise CallError("NAME_UNKNOWN") from None
        if not addresses:
            raise CallError("NAME_UNKNOWN")
        if not all(map(self._may_reach, addresses)):
            raise CallError("ADDRESS_REFUSED")
        return addresses

    def _may_reach(self, address: Address) -> bool:
        return self.allows_private or is_public(address)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self.tls or httpx.create_ssl_context(trust_env=False)


def without_path(url: str) -> str:
    """Scheme and host: the rest of a URL may be a secret."""
    parsed = httpx.URL(url)
    return str(parsed.copy_with(raw_path=b"/")) + ("…" if parsed.raw_path != b"/" else "")


def _parsed(url: str, path: tuple[str, ...]) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise BadInputError("This is not a URL.", path=path) from None
    if parsed.port is not None and not 1 <= parsed.port <= LAST_PORT:
        raise BadInputError(f"A port is 1 to {LAST_PORT}.", path=path)
    if len(url) > LONGEST_URL or not parsed.host or not url.isprintable() or " " in url:
        raise BadInputError(f"A URL to call has a host and at most {LONGEST_URL} characters.", path=path)
    return parsed


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
