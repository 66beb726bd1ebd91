"""What stands at the other end: a small HTTP server that keeps what it is sent, and answers as it is told."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.running import serving

Behave = Callable[["Received"], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found


@dataclass(slots=True)
class Receiver:
    """`status` is what it answers, unless `behave` says otherwise."""

    url: str = ""
    status: int = 204
    behave: Behave | None = None
    received: list[Received] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        one = Received(dict(request.headers), await request.body())
        self.received.append(one)
        return Response(status_code=self.status) if self.behave is None else await self.behave(one)

    def take(self) -> list[Received]:
        """What came since the last time."""
        found, self.received = self.received, []
        return found


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = Starlette(routes=[Route("/hook", receiver.answer, methods=["GET", "POST"])])
    async with serving(app) as url:
        receiver.url = f"{url}/hook"
        yield receiver


def is_signed(received: Received, secret: str, now: float) -> bool:
    """By the text of the Standard Webhooks specification, and none of our own code."""
    timestamp = received.headers["webhook-timestamp"]
    if abs(now - int(timestamp)) > 300:
        return False
    assert secret.startswith("whsec_")
    key = b64decode(secret[len("whsec_") :], validate=True)
    content = f"{received.headers['webhook-id']}.{timestamp}.{received.body.decode()}"
    expected = b64encode(hmac.new(key, content.encode(), sha256).digest()).decode()
    versions = [part.split(",", 1) for part in received.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(given, expected) for version, given in versions)
