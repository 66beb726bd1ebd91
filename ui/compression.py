"""Static files are compressed once and kept, since plotly alone costs a third of a second of CPU to compress."""

import asyncio
import gzip
import mimetypes
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC_PREFIXES = ("/_dash-component-suites/", "/assets/", "/explorer/")
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "public, max-age=86400"
LEVEL = 6
MAX_FILES = 300


@dataclass(frozen=True, slots=True)
class Packed:
    body: bytes
    media_type: str


class StaticCompressionMiddleware:
    """Serves static files from memory; the files of one process never change, so there is nothing to invalidate."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packed: dict[str, Packed] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        static = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(STATIC_PREFIXES)
        if not static:
            await self._app(scope, receive, send)
            return
        if "gzip" in Headers(scope=scope).get("accept-encoding", "") and await self._serve(scope, receive, send):
            return

        async def send_cached(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:  # noqa: PLR2004
                MutableHeaders(scope=message)["Cache-Control"] = _cache_control(scope)
            await send(message)

        await self._app(scope, receive, send_cached)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = scope["path"]
        if not _media_type(path).startswith(COMPRESSIBLE):
            return False
        packed = self._packed.get(path)
        if packed is None:
            body = await self._read(scope)
            if body is None or len(self._packed) >= MAX_FILES:
                return False
            packed = Packed(await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0), _media_type(path))
            self._packed[path] = packed
        headers = {"content-encoding": "gzip", "vary": "accept-encoding", "cache-control": _cache_control(scope)}
        await Response(packed.body, media_type=packed.media_type, headers=headers)(scope, receive, send)
        return True

    async def _read(self, scope: Scope) -> bytes | None:
        """Asks the application once, without conditions, and keeps the body of a 200 that came to its end: what is
        kept is for everybody, so whether this browser goes away meanwhile must not matter."""
        status, parts, complete = 0, list[bytes](), False

        async def collect(message: Message) -> None:
            nonlocal status, complete
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                parts.append(message.get("body", b""))
                complete = not message.get("more_body", False)

        async def stay() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        plain = [(name, value) for name, value in scope["headers"] if not name.startswith(b"if-")]
        await self._app({**scope, "headers": plain, "extensions": {}}, stay, collect)
        return b"".join(parts) if status == 200 and complete else None  # noqa: PLR2004


def _media_type(path: str) -> str:
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


def _cache_control(scope: Scope) -> str:
    suites = scope["path"].startswith("/_dash-component-suites/") and ".v" in scope["path"]
    return IMMUTABLE if suites or scope["query_string"].startswith(b"m=") else REVALIDATE
