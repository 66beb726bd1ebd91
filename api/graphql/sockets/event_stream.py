"""One operation over server-sent events, as graphql-sse has it with distinct connections: where sockets are blocked."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from starlette.types import Receive, Send

from api.auth.principal import Principal
from api.errors import UnauthenticatedError
from api.graphql.context import Context
from api.graphql.errors import shown
from api.graphql.sockets import frames
from api.graphql.sockets.frames import Closing, Subscribe
from api.graphql.sockets.operations import Alone, Operation, Shared
from api.graphql.sockets.outbox import Outbox
from api.graphql.sockets.socket import STALL_SECONDS, Sockets
from api.telemetry import SUBSCRIPTIONS

HEARTBEAT_SECONDS: Final = 12.0
"""Proxies give up a connection on which nothing moves."""
KEY: Final = "0"
NEXT: Final = frames.next_head(KEY)
COMPLETE: Final = frames.complete(KEY)
ERROR: Final = frames.error(KEY, []).removesuffix("[]}")
HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
END: Final = "event: complete\ndata:\n\n"


log = logging.getLogger(__name__)


def events_of(frame: str) -> str:
    """A frame of a socket, as events. One line each: JSON has no line breaks but in texts, where they are escaped."""
    if frame.startswith(NEXT):
        return f"event: next\ndata: {frame[len(NEXT) : -1]}\n\n"
    if frame.startswith(ERROR):
        return f'event: next\ndata: {{"errors":{frame[len(ERROR) : -1]}}}\n\n{END}'
    return END


class EventStream:
    """What runs, and who shares it, is as on a socket."""

    def __init__(self, sockets: Sockets, asked: Subscribe, context: Context, receive: Receive, send: Send) -> None:
        self._sockets = sockets
        self._asked = asked
        self._context = context
        self._receive = receive
        self._send = send
        self._outbox = Outbox(self._pass_on)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def principal(self) -> Principal:
        return self._context.principal

    def stalled(self) -> bool:
        return self._outbox.stalled(STALL_SECONDS)

    def end(self, closing: Closing) -> None:
        if not self._ended.done():
            self._ended.set_exception(closing)

    async def run(self) -> None:
        """Until the operation is over, the client has gone, or may see no more."""
        await self._send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        await self._write(":\n\n")
        self._sockets.supervision.watch(self)
        operation = self._start()
        tasks = [asyncio.create_task(work) for work in (self._outbox.write(), self._beat(), self._gone())]
        try:
            await asyncio.wait((*tasks, self._ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            _tell_of(tasks)
            await self._sockets.supervision.unwatch(self)
            await operation.stop()
        with suppress(OSError):
            await self._close()

    def _start(self) -> Operation:
        sockets, asked, plan = self._sockets, self._asked, self._sockets.plans.of(self._asked)
        shared = None
        if plan is not None:
            SUBSCRIPTIONS.inc()
            shared = Shared.join(sockets.streams, plan, asked, self._context, self._outbox, _nothing)
        operation = shared or Alone(sockets.schema, asked, self._context, self._outbox, _nothing)
        return operation if plan is None else _Counted(operation)

    async def _close(self) -> None:
        """Whoever may see no more is told so; a client that does not read cannot be."""
        closing = self._ended.exception() if self._ended.done() else None
        if isinstance(closing, Closing) and closing.code == frames.FORBIDDEN:
            refused = shown(UnauthenticatedError(), self._context.request_id).formatted
            await self._write(events_of(frames.error(KEY, [refused])))
        self._ended.cancel()
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pass_on(self, frame: str) -> None:
        await self._write(events_of(frame))
        if not frame.startswith(NEXT) and not self._ended.done():
            self._ended.set_result(None)

    async def _write(self, text: str) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self._write(":\n\n")

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


class _Counted:
    """A subscription is counted while it is open."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    async def stop(self) -> None:
        SUBSCRIPTIONS.dec()
        await self._operation.stop()


def _tell_of(tasks: Sequence[asyncio.Task[None]]) -> None:
    """A connection that breaks is no news."""
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, OSError):
            log.error("an event stream failed", exc_info=error)


def _nothing() -> None:
    """Its end is a frame like any other."""
