"""GraphQL over HTTP POST, and over the graphql-transport-ws protocol."""

import logging
from collections.abc import Mapping
from json import JSONDecodeError
from typing import Final
from uuid import uuid4

import orjson
from graphql import GraphQLError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types import ExecutionResult

from api import log_context
from api.cache.answers import Answers
from api.errors import RETRY_AFTER_SECONDS, CipError, ThrottledError, UnavailableError
from api.graphql.cached import CALLER, COMPLETE, COST_HEADER, REQUEST_COST, CachedOperations
from api.graphql.context import Context, Services
from api.graphql.costs import cost_extension
from api.graphql.credentials import Authenticator
from api.graphql.errors import shown
from api.graphql.hits import is_json_post
from api.graphql.observed import note_errors
from api.graphql.operation import CipSchema
from api.graphql.sockets.admission import CAPS, Caps
from api.graphql.sockets.frames import TRY_AGAIN_LATER
from api.graphql.sockets.socket import Socket, Sockets
from models.database import is_unreachable

CONTEXT: Final = "cip.context"

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
        self._services = services
        self._authenticator = authenticator
        self.cached = CachedOperations(super().__call__, schema, authenticator, answers, services.limiter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_json_post(scope):
            status = 415 if scope["method"] == "POST" else 405
            refused = Response("POST a JSON body of type application/json.", status_code=status)
            await refused(scope, receive, send)
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
        context.paid = REQUEST_COST if isinstance(request, Request) and caller is not None else 0
        if isinstance(response, Response):
            response.headers["cache-control"] = "no-store"
        return context

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        answer = await super().process_result(request, result)
        request.scope[COMPLETE] = not result.errors
        if any(_code(error) == UnavailableError.code for error in result.errors or ()):
            answer["data"] = None
        operation = request.scope[CONTEXT].operation
        if COST_HEADER in request.headers and operation is not None:
            answer["extensions"] = {**(answer.get("extensions") or {}), "cost": cost_extension(operation)}
        return answer

    def decode_json(self, data: str | bytes) -> object:
        """Unlike json.loads, orjson refuses bottomless nesting instead of running out of stack."""
        decoded = orjson.loads(data)
        if not isinstance(decoded, dict):
            raise JSONDecodeError("not an object", "", 0)
        return decoded

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        response = super().create_response(response_data, sub_response)
        errors = response_data.get("errors") if isinstance(response_data, dict) else None
        for error in errors or ():
            if (seconds := _retry_after(error)) is not None:
                response.headers["retry-after"] = str(seconds)
        return response

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data, default=str).decode()


def _request_id() -> str:
    return log_context.current().request_id or uuid4().hex


def refused_answer(reason: CipError) -> Response:
    """The whole answer's one error, when the operation does not come to run or is given up."""
    error = shown(reason, _request_id())
    note_errors([error])
    answer = orjson.dumps({"data": None, "errors": [error.formatted]})
    headers = {"retry-after": str(_retry_after(error.formatted)), "cache-control": "no-store"}
    return Response(answer, media_type="application/json", headers=headers)


def _retry_after(error: object) -> int | None:
    extensions = error.get("extensions") if isinstance(error, Mapping) else None
    if not isinstance(extensions, Mapping) or not extensions.get("retryable"):
        return None
    found: int = extensions.get("retryAfter", RETRY_AFTER_SECONDS)
    return found


def _code(error: GraphQLError) -> object:
    return (error.extensions or {}).get("code")
