"""What is in memory is answered at once: before the deadline, the task and the view, which only a reading needs."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.graphql.cached import CachedOperations, given, send_answer, whole
from api.graphql.negotiation import JSON, media_type
from api.graphql.observed import note_kind


class Hits:
    """In front of everything that may wait. Whatever it does not answer goes on as it came."""

    def __init__(self, app: ASGIApp, cached: CachedOperations) -> None:
        self._app = app
        self._cached = cached

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_json_post(scope):
            await self._app(scope, receive, send)
            return
        parts: list[bytes] = []
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                await self._app(scope, given(message, receive), send)
                return
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
        media = wanted_media(scope)
        answer = None if media is None else self._cached.known(scope, body)
        if answer is None or media is None:
            await self._app(scope, given(whole(body), receive), send)
            return
        note_kind("query")
        await send_answer(send, answer, media)


def is_json_post(scope: Scope) -> bool:
    return scope["method"] == "POST" and _media_of(scope) == JSON


def wanted_media(scope: Scope) -> str | None:
    """Of the answer; None when there is none that both sides know."""
    return media_type(Headers(scope=scope).get("accept", ""))


def _media_of(scope: Scope) -> str:
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
