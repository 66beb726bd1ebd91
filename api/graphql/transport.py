"""GraphQL over HTTP POST, and over the graphql-transport-ws protocol."""

import logging
from collections.abc import Mapping
from json import JSONDecodeError
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
from api.errors import RETRY_AFTER_SECONDS, UnavailableError
from api.graphql.cached import CALLER, COMPLETE, CachedOperations
from api.graphql.context import Context, Services
from api.graphql.credentials import Authenticator
from api.graphql.errors import unavailable
from api.graphql.hits import is_json_post
from api.graphql.observed import note_errors
from api.graphql.operation import CipSchema
from api.graphql.sockets.admission import CAPS, Caps
from api.graphql.sockets.frames import TRY_AGAIN_LATER
from api.graphql.sockets.socket import Socket, Sockets
from models.database import is_unreachable

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
        self.cached = CachedOperations(super().__call__, schema, authenticator, answers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not is_json_post(scope):
            status = 415 if scope["method"] == "POST" else 405
            refused = Response("POST a JSON body of type application/json.", status_code=status)
            await refused(scope, receive, send)
            return
        run = self.cached if scope["type"] == "http" else super().__call__
        try:
            await run(scope, receive, send)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # Nothing is sent yet: credentials are looked up before the operation, whose own errors do not come here.
            if not is_unreachable(error):
                raise
            log.warning("the database cannot be reached: %s", type(error).__name__)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": "Try again later"})
                return
            await unavailable_answer(UnavailableError())(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        scope = request.scope
        caller = scope[CALLER] if CALLER in scope else await self._authenticator.caller_of(request)
        context = Context(self._services, caller, _request_id())
        if isinstance(response, Response):
            response.headers["cache-control"] = "no-store"
        return context

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        answer = await super().process_result(request, result)
        request.scope[COMPLETE] = not result.errors
        if any(_code(error) == UnavailableError.code for error in result.errors or ()):
            answer["data"] = None
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
        if any(_code_shown(error) == UnavailableError.code for error in errors or ()):
            response.headers["retry-after"] = str(RETRY_AFTER_SECONDS)
        return response

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data, default=str).decode()


def _request_id() -> str:
    return log_context.current().request_id or uuid4().hex


def unavailable_answer(reason: UnavailableError) -> Response:
    error = unavailable(_request_id(), reason)
    note_errors([error])
    answer = orjson.dumps({"data": None, "errors": [error.formatted]})
    return Response(answer, media_type="application/json", headers={"retry-after": str(RETRY_AFTER_SECONDS)})


def _code_shown(error: object) -> object:
    extensions = error.get("extensions") if isinstance(error, Mapping) else None
    return extensions.get("code") if isinstance(extensions, Mapping) else None


def _code(error: GraphQLError) -> object:
    return (error.extensions or {}).get("code")
