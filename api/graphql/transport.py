"""GraphQL over HTTP POST, and over the graphql-transport-ws protocol."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
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
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage
from strawberry.types import ExecutionResult
from strawberry.types.unset import UnsetType

from api.auth.principal import Principal
from api.auth.tokens import SessionRef
from api.errors import UnavailableError
from api.graphql.context import Context, Services
from api.graphql.credentials import Authenticator
from api.graphql.errors import unavailable
from api.graphql.operation import CipSchema
from models.database import is_unreachable

log = logging.getLogger(__name__)

INIT_TIMEOUT: Final = timedelta(seconds=5)
SESSION_CHECK_SECONDS: Final = 3.0
TRY_AGAIN_LATER: Final = 1013
SUBSCRIPTIONS_PER_SOCKET: Final = 20


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Closes an open socket with 4403 within seconds of the end of its session."""

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        await super().handle_connection_init(message)
        if self.connection_acknowledged and not hasattr(self, "session_watch"):
            self.session_watch = asyncio.create_task(self._watch_session())

    async def _watch_session(self) -> None:
        view = self.view
        principal = self.context.principal
        assert isinstance(view, GraphQLView)
        ref = SessionRef(principal.tenant_id, principal.session_id)
        while await view.is_open(ref):
            await asyncio.sleep(SESSION_CHECK_SECONDS)
        await self.websocket.close(code=4403, reason="Forbidden")

    async def shutdown(self) -> None:
        if (watch := getattr(self, "session_watch", None)) is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        await super().shutdown()


class GraphQLView(GraphQL[Context, None]):
    graphql_transport_ws_handler_class = SocketHandler

    def __init__(self, schema: CipSchema, services: Services, authenticator: Authenticator) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=INIT_TIMEOUT,
            multipart_uploads_enabled=False,
            max_subscriptions_per_connection=SUBSCRIPTIONS_PER_SOCKET,
        )
        self._services = services
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            if request.method != "POST" or _media_type(request) != "application/json":
                refused = Response("POST a JSON body of type application/json.", status_code=_refused(request))
                await refused(scope, receive, send)
                return
        try:
            await super().__call__(scope, receive, send)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # Nothing is sent yet: credentials are looked up before the operation, whose own errors do not come here.
            if not is_unreachable(error):
                raise
            log.warning("the database cannot be reached: %s", type(error).__name__)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": "Try again later"})
                return
            answer = {"data": None, "errors": [unavailable(uuid4().hex).formatted]}
            await Response(self.encode_json(answer), media_type="application/json")(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        caller = await self._authenticator.caller_of(request)
        context = Context(self._services, caller, uuid4().hex)
        if isinstance(response, Response):
            response.headers["x-request-id"] = context.request_id
            response.headers["cache-control"] = "no-store"
        return context

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        parameters = context.connection_params
        if isinstance(parameters, Mapping) and any(name.lower() == "authorization" for name in parameters):
            context.maybe_caller = await self._authenticator.of_parameters(parameters)
        if not isinstance(context.maybe_caller, Principal):
            raise ConnectionRejectionError
        return await super().on_ws_connect(context)

    async def is_open(self, ref: SessionRef) -> bool:
        """A session is taken for open while the database cannot say otherwise."""
        try:
            return await self._authenticator.of_session(ref) is not None
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            if not is_unreachable(error):
                raise
            return True

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        answer = await super().process_result(request, result)
        if any(_code(error) == UnavailableError.code for error in result.errors or ()):
            answer["data"] = None
        return answer

    def decode_json(self, data: str | bytes) -> object:
        """Unlike json.loads, orjson refuses bottomless nesting instead of running out of stack."""
        decoded = orjson.loads(data)
        if not isinstance(decoded, dict):
            raise JSONDecodeError("not an object", "", 0)
        return decoded

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data, default=str).decode()


def _code(error: GraphQLError) -> object:
    return (error.extensions or {}).get("code")


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _refused(request: Request) -> int:
    return 415 if request.method == "POST" else 405
