"""GraphQL over HTTP POST, and over the graphql-transport-ws protocol."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from json import JSONDecodeError
from typing import Any, Final
from uuid import uuid4

import orjson
from cross_web import HTTPException
from graphql import GraphQLError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types import ExecutionResult

from api import log_context
from api.cache.answers import Answers
from api.errors import RETRY_AFTER_SECONDS, CipError, ThrottledError, UnavailableError
from api.graphql.cached import CALLER, COMPLETE, COST_HEADER, MEDIA, REQUEST_COST, CachedOperations
from api.graphql.context import Context, Services
from api.graphql.costs import cost_extension
from api.graphql.credentials import Authenticator
from api.graphql.errors import shown
from api.graphql.hits import is_json_post, wanted_media
from api.graphql.negotiation import GRAPHQL, JSON, status_of
from api.graphql.observed import note_errors
from api.graphql.operation import CipSchema
from api.graphql.sockets.admission import CAPS, Admission, Caps
from api.graphql.sockets.frames import TRY_AGAIN_LATER
from api.graphql.sockets.socket import Socket, Sockets
from models.database import is_unreachable

IDEMPOTENCY_HEADER: Final = "idempotency-key"
CONTEXT: Final = "cip.context"
PARAMETERS: Final[dict[str, type]] = {"query": str, "operationName": str, "variables": dict, "extensions": dict}

log = logging.getLogger(__name__)


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Strawberry's view makes one for each socket. What it does is ours: see api.graphql.sockets."""

    async def handle(self) -> None:
        view, websocket = self.view, self.websocket
        assert isinstance(view, GraphQLView)
        assert isinstance(websocket, ASGIWebSocketAdapter)
        await Socket(view.sockets, websocket.ws, self.context).run()


class GraphQLView(GraphQL[Context, None]):
    graphql_transport_ws_handler_class = SocketHandler

    def __init__(
        self,
        schema: CipSchema,
        services: Services,
        authenticator: Authenticator,
        answers: Answers,
        caps: Caps = CAPS,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            multipart_uploads_enabled=False,
        )
        self.sockets = Sockets.of(schema, authenticator, caps)
        self.streams = Admission(replace(caps, sockets_of_a_user=caps.streams_of_a_user))
        self._services = services
        self._authenticator = authenticator
        self.cached = CachedOperations(super().__call__, schema, authenticator, answers, services.limiter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if not is_json_post(scope):
                status = 415 if scope["method"] == "POST" else 405
                await Response("POST a JSON body of type application/json.", status)(scope, receive, send)
                return
            scope[MEDIA] = wanted_media(scope)
            if scope[MEDIA] is None:
                await Response(f"Accept {JSON} or {GRAPHQL}.", status_code=406)(scope, receive, send)
                return
        run = self.cached if scope["type"] == "http" else super().__call__
        try:
            await run(scope, receive, send)
        except ThrottledError as error:
            await refused_answer(error)(scope, receive, send)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # Nothing is sent yet: credentials are looked up before the operation, whose own errors do not come here.
            if not is_unreachable(error):
                raise
            log.warning("the database cannot be reached: %s", type(error).__name__)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": "Try again later"})
                return
            await refused_answer(UnavailableError())(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        scope = request.scope
        caller = scope[CALLER] if CALLER in scope else await self._authenticator.caller_of(request)
        context = scope[CONTEXT] = Context(self._services, caller, _request_id())
        context.address = None if request.client is None else request.client.host
        context.idempotency_key = request.headers.get(IDEMPOTENCY_HEADER)
        context.paid = REQUEST_COST if isinstance(request, Request) and caller is not None else 0
        if isinstance(response, Response):
            response.headers["cache-control"] = "no-store"
        return context

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        response = await super().get_sub_response(request)
        response.media_type = request.scope[MEDIA]
        return response

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        answer = await super().process_result(request, result)
        request.scope[COMPLETE] = not result.errors
        if any(_code(error) == UnavailableError.code for error in result.errors or ()):
            answer["data"] = None
        never_ran = result.data is None and all(error.path is None for error in result.errors or ())
        if never_ran and request.scope[MEDIA] == GRAPHQL:
            answer.pop("data", None)
        operation = request.scope[CONTEXT].operation
        if COST_HEADER in request.headers and operation is not None:
            answer["extensions"] = {**(answer.get("extensions") or {}), "cost": cost_extension(operation)}
        return answer

    def decode_json(self, data: str | bytes) -> object:
        """Unlike json.loads, orjson refuses bottomless nesting instead of running out of stack."""
        decoded = orjson.loads(data)
        if not isinstance(decoded, dict):
            raise JSONDecodeError("not an object", "", 0)
        for name, kind in PARAMETERS.items():
            if not isinstance(decoded.get(name), kind | None):
                raise HTTPException(400, f"{name} must be {'a text' if kind is str else 'an object'}.")
        return decoded

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        response = super().create_response(response_data, sub_response)
        errors = response_data.get("errors") if isinstance(response_data, dict) else None
        if sub_response.media_type == GRAPHQL and isinstance(response_data, dict):
            response.headers["content-type"] = GRAPHQL
            response.status_code = status_of(response_data)
        for error in errors or ():
            if (seconds := _retry_after(error)) is not None:
                response.headers["retry-after"] = str(seconds)
        return response

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data, default=str).decode()


def _request_id() -> str:
    return log_context.current().request_id or uuid4().hex


def refused_answer(reason: CipError) -> ASGIApp:
    """The whole answer's one error, when the operation does not come to run or is given up."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        error = shown(reason, _request_id())
        note_errors([error])
        await _refused_response(error, scope.get(MEDIA) or JSON)(scope, receive, send)

    return answer


def _refused_response(error: GraphQLError, media: str) -> Response:
    answer: dict[str, Any] = {"errors": [error.formatted]}
    status = status_of(answer) if media == GRAPHQL else 200
    answer = answer if media == GRAPHQL else {"data": None, **answer}
    headers = {"retry-after": str(_retry_after(error.formatted)), "cache-control": "no-store"}
    return Response(orjson.dumps(answer), status, media_type=media, headers=headers)


def _retry_after(error: object) -> int | None:
    extensions = error.get("extensions") if isinstance(error, Mapping) else None
    if not isinstance(extensions, Mapping) or not extensions.get("retryable"):
        return None
    found: int = extensions.get("retryAfter", RETRY_AFTER_SECONDS)
    return found


def _code(error: GraphQLError) -> object:
    return (error.extensions or {}).get("code")
