"""The way of a query over HTTP: found in the cache by its raw text, before anything is parsed, or run and kept.

An answer is found under its tenant alone, and only by those who may ask for all of it. So a refusal is always an
operation's own run, with its audit entry. Answers depend on no header but the credentials; one that did would need it
in its key.
"""

from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.principal import Principal
from api.cache.answers import Answer, Answers, Fresh
from api.graphql.credentials import Authenticator
from api.graphql.observed import note_kind
from api.graphql.operation import CipSchema
from api.graphql.requests import Requests
from api.limits.limiter import Limiter

CALLER: Final = "cip.caller"
"""Where the scope holds who asks, so that nobody looks it up twice."""
MEDIA: Final = "cip.media"
"""Where the scope holds the media type that the client wants."""
COMPLETE: Final = "cip.complete"
"""Set in the scope when the answer has data and no error."""
COST_HEADER: Final = "x-query-cost"
"""Whoever sends it is told what the operation cost: it is then always run, since that is what is measured."""
REQUEST_COST: Final = 1
"""Points of an answer from the cache, and what every other operation costs beside its objects."""
BYPASS: Final = (b"x-cache", b"bypass")


class CachedOperations:
    """An ASGI application in front of the one that runs operations."""

    def __init__(
        self, run: ASGIApp, schema: CipSchema, authenticator: Authenticator, answers: Answers, limiter: Limiter
    ) -> None:
        self._run = run
        self._requests = Requests(schema)
        self._authenticator = authenticator
        self._answers = answers
        self._limiter = limiter

    def known(self, scope: Scope, body: bytes) -> Answer | None:
        """What can be answered at once, to somebody who is known already. Checks all that a reading would."""
        connection = HTTPConnection(scope)
        caller = self._authenticator.known(connection)
        if caller is None or COST_HEADER in connection.headers:
            return None
        has_points = self._limiter.is_at_hand(caller.tenant_id, caller.spender, REQUEST_COST)
        asked = self._requests.asked(body, caller) if has_points else None
        answer = None if asked is None else self._answers.known(asked)
        if answer is not None:
            self._limiter.settle(caller.tenant_id, caller.spender, -REQUEST_COST)
        return answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        caller = await self._authenticator.caller_of(request)
        scope[CALLER] = caller
        if caller is not None:
            await self._limiter.charge(caller.tenant_id, caller.spender, REQUEST_COST)
        wants_cost = COST_HEADER in request.headers
        asked = self._requests.asked(body, caller) if isinstance(caller, Principal) and not wants_cost else None
        if asked is None:
            async with AsyncExitStack() as stack:
                document = None if caller is None else self._requests.read(body)
                if document is not None:
                    await stack.enter_async_context(self._answers.turns.one(document))
                await self._run(scope, given(whole(body), receive), _with_header(send, BYPASS))
            return
        sent: list[Message] = []

        async def read() -> Fresh:
            async def keep(message: Message) -> None:
                sent.append(message)

            await self._run(scope, given(whole(body), receive), keep)
            return _fresh(scope, sent)

        answer = await self._answers.find(asked, read)
        if answer.fresh is None or not sent:
            note_kind("query")
            await send_answer(send, answer, scope[MEDIA])
            return
        relay = _with_header(send, (b"x-cache", answer.layer.encode()))
        for message in sent:
            await relay(message)


def _fresh(scope: Scope, sent: list[Message]) -> Fresh:
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Fresh(body, complete=scope.get(COMPLETE) is True and bool(sent) and sent[0].get("status") == HTTPStatus.OK)


def whole(body: bytes) -> Message:
    return {"type": "http.request", "body": body, "more_body": False}


def given(message: Message, receive: Receive) -> Receive:
    """What was received already, once more for whoever reads next."""
    first = True

    async def again() -> Message:
        nonlocal first
        if not first:
            return await receive()
        first = False
        return message

    return again


def _with_header(send: Send, header: tuple[bytes, bytes]) -> Send:
    async def with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], header]}
        await send(message)

    return with_header


async def send_answer(send: Send, answer: Answer, media: str) -> None:
    headers: list[tuple[bytes, bytes]] = [
        (b"content-type", media.encode()),
        (b"content-length", b"%d" % len(answer.body)),
        (b"cache-control", b"no-store"),
        (b"x-cache", answer.layer.encode()),
        (b"age", b"%d" % answer.age),
    ]
    start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": answer.body})
