"""Around each request for GraphQL: its id, what its log lines carry, how long it took and how it ended."""

import re
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from os import urandom
from typing import Final
from uuid import UUID

from graphql import GraphQLError
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import log_context, telemetry
from api.log_context import LogContext
from api.operation_window import OperationWindow

REQUEST_ID: Final = b"x-request-id"
ACCEPTABLE: Final = re.compile(rb"[A-Za-z0-9_-]{8,64}")
FAILURES: Final = frozenset({"INTERNAL_SERVER_ERROR", "UNAVAILABLE"})
SERVER_ERROR: Final = 500
CLIENT_ERROR: Final = 400


@dataclass(slots=True)
class _Observation:
    kind: str = "invalid"
    outcome: str = "ok"
    tenant_id: UUID | None = None


_observation: ContextVar[_Observation | None] = ContextVar("cip_observation", default=None)


def note_kind(kind: str) -> None:
    """query or mutation, once the document has been read."""
    if (observation := _observation.get()) is not None:
        observation.kind = kind


def note_tenant(tenant_id: UUID) -> None:
    """Once the credentials are known. The request may run in a task of its own, whose log context stays there."""
    if (observation := _observation.get()) is not None:
        observation.tenant_id = tenant_id


def note_errors(errors: list[GraphQLError]) -> None:
    """The errors as they are shown."""
    observation = _observation.get()
    if observation is None or not errors:
        return
    codes = {(error.extensions or {}).get("code") for error in errors}
    if codes & FAILURES:
        observation.outcome = "failed"
    elif observation.outcome == "ok":
        observation.outcome = "refused"


class Observed:
    """An id is taken over from the request when it can be nobody's name or address."""

    def __init__(self, app: ASGIApp, window: OperationWindow) -> None:
        self._app = app
        self._window = window

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = request_id_of(scope)
        with log_context.bound(LogContext(request_id=request_id)):
            if scope["type"] == "http":
                await self._measured(scope, receive, send, (REQUEST_ID, request_id.encode()))
            else:
                await self._app(scope, receive, send)

    async def _measured(self, scope: Scope, receive: Receive, send: Send, header: tuple[bytes, bytes]) -> None:
        observation, begun = _Observation(), self._window.clock()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], header]}
                if message["status"] >= SERVER_ERROR:
                    observation.outcome = "failed"
                elif message["status"] >= CLIENT_ERROR and observation.outcome == "ok":
                    observation.outcome = "refused"
            await send(message)

        before = _observation.get()
        _observation.set(observation)
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            observation.outcome = "failed"
            raise
        finally:
            _observation.set(before)
            seconds = self._window.clock() - begun
            _duration(observation.kind, observation.outcome).observe(seconds)
            self._window.record(observation.tenant_id, seconds, failed=observation.outcome == "failed")


@cache
def _duration(kind: str, outcome: str) -> Histogram:
    return telemetry.OPERATIONS.labels(kind, outcome)


def request_id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == REQUEST_ID and ACCEPTABLE.fullmatch(value):
            return str(value.decode())
    return urandom(16).hex()
