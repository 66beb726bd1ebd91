"""In front of the view: who wants an operation's answers as server-sent events, and may have them."""

import logging
from json import JSONDecodeError
from typing import Any, Final

from cross_web import HTTPException
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import log_context
from api.auth.principal import Principal
from api.errors import CipError, ThrottledError, UnauthenticatedError, UnavailableError
from api.graphql.cached import MEDIA
from api.graphql.context import Context
from api.graphql.hits import is_json_post, wanted_media
from api.graphql.negotiation import GRAPHQL
from api.graphql.observed import REQUEST_ID, request_id_of
from api.graphql.sockets.event_stream import KEY, EventStream
from api.graphql.sockets.frames import Closing, Subscribe
from api.graphql.transport import GraphQLView, refused_answer
from api.log_context import LogContext
from models.database import is_unreachable

EVENTS: Final = "text/event-stream"
SECONDS: Final = 5.0
"""After which somebody who has too many streams may come again."""

log = logging.getLogger(__name__)


class Events:
    """Outside of what measures and times requests: a stream may stay open for hours."""

    def __init__(self, app: ASGIApp, view: GraphQLView) -> None:
        self._app = app
        self._view = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_json_post(scope) or not wants_events(scope):
            await self._app(scope, receive, send)
            return
        scope[MEDIA] = GRAPHQL  # of a refusal, whose status then tells
        request_id = request_id_of(scope)
        header = (REQUEST_ID, request_id.encode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        with log_context.bound(LogContext(request_id=request_id)):
            await self._answer(scope, receive, send_with_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        view = self._view
        request = Request(scope, receive)
        try:
            asked = _asked(view.decode_json(await request.body()))
            context = await view.get_context(request, Response())
            context.paid = 0
            principal = _person(context)
            own = context.services.limiter.own
            most = None if own is None else (await own.of(principal.tenant_id)).sockets
            with view.streams.admitted(principal, most):
                await EventStream(view.sockets, asked, context, receive, send).run()
        except (JSONDecodeError, HTTPException) as error:
            reason = error.reason if isinstance(error, HTTPException) else "The body is no JSON object."
            await Response(reason, 400)(scope, receive, send)
        except Closing as closing:
            await refused_answer(ThrottledError(SECONDS, f"{closing.reason}."))(scope, receive, send)
        except CipError as error:
            await refused_answer(error)(scope, receive, send)
        except ClientDisconnect:
            return
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            # Nothing is sent yet: what happens in an operation is told by its events.
            if not is_unreachable(error):
                raise
            log.warning("the database cannot be reached: %s", type(error).__name__)
            await refused_answer(UnavailableError())(scope, receive, send)


def _person(context: Context) -> Principal:
    """As on a socket: a source key sends events, and follows none."""
    if not isinstance(context.maybe_caller, Principal):
        raise UnauthenticatedError
    return context.maybe_caller


def wants_events(scope: Scope) -> bool:
    """Whoever takes JSON as well gets JSON."""
    accept = Headers(scope=scope).get("accept", "").lower()
    return EVENTS in accept and wanted_media(scope) is None


def _asked(body: Any) -> Subscribe:
    query = body.get("query")
    if not isinstance(query, str):
        raise HTTPException(400, "query must be a text.")
    return Subscribe(KEY, query, body.get("variables"), body.get("operationName"))
