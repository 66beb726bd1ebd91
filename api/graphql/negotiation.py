"""The two media types of a GraphQL answer, by the request's Accept: GraphQL over HTTP, draft of 2025.

Under application/json every well-formed request is answered 200. Under application/graphql-response+json an answer
without data has a status that says so, and no `data`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
WITHOUT_DATA: Final = b'{"data":null,'
"""How an answer begins that may have to be written anew."""
STATUS: Final = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "THROTTLED": 429,
    "INTERNAL_SERVER_ERROR": 500,
    "UNAVAILABLE": 503,
    "OVERLOADED": 503,
    "TIMEOUT": 504,
}
BAD_REQUEST: Final = 400
NAMED: Final = 3
"""How close a media range is that names a type in full."""
WHOLE: Final = frozenset({"UNAVAILABLE", "OVERLOADED", "TIMEOUT"})
"""Errors that stand for the whole operation, wherever in it they were met."""


class Negotiated:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        chosen = media_type(",".join(Headers(scope=scope).getlist("accept")))
        if chosen is None:
            refused = PlainTextResponse(f"Answers are {GRAPHQL} or {JSON}.", 406, {"vary": "Accept"})
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, _As(chosen, send).send)


class _As:
    """One answer. Its head waits for its body, which tells its status."""

    def __init__(self, chosen: str, send: Send) -> None:
        self._graphql = chosen == GRAPHQL
        self._send = send
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header("Accept")
            if self._graphql and headers.get("content-type", "").partition(";")[0] == JSON:
                headers["content-type"] = f"{GRAPHQL}; charset=utf-8"
                self._head = message
                return
        elif self._head is not None:
            head, self._head = self._head, None
            if not message.get("more_body") and message.get("body", b"").startswith(WITHOUT_DATA):
                _rewrite(head, message)
            await self._send(head)
        await self._send(message)


def _rewrite(head: Message, message: Message) -> None:
    answer = orjson.loads(message["body"])
    status = status_of(answer["errors"]) if answer.get("errors") else None
    if status is None:
        return
    del answer["data"]
    message["body"] = orjson.dumps(answer)
    head["status"] = status
    MutableHeaders(scope=head)["content-length"] = str(len(message["body"]))


def status_of(errors: list[dict[str, Any]]) -> int | None:
    """Of an answer with these errors and without data; None when fields were run, and their errors took it away."""
    codes = [error.get("extensions", {}).get("code", "") for error in errors]
    if any(error.get("path") for error in errors) and not WHOLE & set(codes):
        return None
    return max(STATUS.get(code, BAD_REQUEST) for code in codes)


def media_type(accept: str) -> str | None:
    """The one to answer in; None when neither will do. A tie goes to the newer one, when it is named."""
    if not accept.strip():
        return JSON
    ranges = list(_ranges(accept))
    graphql, json = _wish(ranges, GRAPHQL), _wish(ranges, JSON)
    if not graphql.quality and not json.quality:
        return None
    tie = graphql.quality == json.quality and graphql.closeness == NAMED
    return GRAPHQL if tie or graphql.quality > json.quality else JSON


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """How much a type is wanted, by the media range that names it most closely."""

    closeness: int = 0
    quality: float = 0.0


def _wish(ranges: list[tuple[str, float]], kind: str) -> Wish:
    wishes = (Wish(_closeness(name, kind), quality) for name, quality in ranges if _closeness(name, kind))
    return max(wishes, default=Wish())


def _closeness(name: str, kind: str) -> int:
    """0 when a media range does not hold this kind; the closer it names it, the more it counts."""
    return {kind: NAMED, "application/*": 2, "*/*": 1}.get(name, 0)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        q = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    q = min(1.0, max(0.0, float(value)))
                except ValueError:
                    q = 0.0
        yield name, q
