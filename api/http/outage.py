"""Every request is answered within seconds, whatever the database does: with a code, and with when to come back."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import RETRY_AFTER_SECONDS, UnavailableError
from models.database import is_unreachable

PATIENCE_SECONDS: Final = 3.5
"""Until the answer begins, the time that the request takes to come in left out; the promise is five."""

MEGABYTE: Final = 1024 * 1024

T = TypeVar("T")

log = logging.getLogger(__name__)


def plain_answer(error: UnavailableError) -> Response:
    body = {"code": error.code, "message": error.message, "hint": error.hint, "retryable": error.retryable}
    return JSONResponse(body, 503, {"retry-after": str(RETRY_AFTER_SECONDS)})


class Outage:
    """Wraps a route. Work that is given up is cancelled, and cleans up after the answer has gone out."""

    def __init__(
        self,
        app: ASGIApp,
        answer: Callable[[UnavailableError], ASGIApp] = plain_answer,
        patience: float = PATIENCE_SECONDS,
        seconds_a_megabyte: float = 0.0,
    ) -> None:
        """`seconds_a_megabyte`: what may be taken longer for each that has come in."""
        self._app = app
        self._answer = answer
        self._patience = patience
        self._seconds_a_megabyte = seconds_a_megabyte
        self._given_up = _GivenUp()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        turn = _Turn(receive, send, self._patience, self._seconds_a_megabyte)
        task: asyncio.Task[None] = asyncio.create_task(self._run(scope, turn))
        try:
            await asyncio.wait({task, turn.late}, return_when=asyncio.FIRST_COMPLETED)
            if turn.answering:
                await asyncio.wait({task})
        finally:
            turn.stop()
            if not task.done():
                self._given_up.add(task)
        if task.done():
            error = task.exception()
            if error is None:
                return
            if turn.answering or not is_unreachable(error):
                raise error
            reason = UnavailableError()
        else:
            reason = UnavailableError("There was no answer in time.")  # whose fault it is, is not known here
        log.warning("%s %s: %s", scope["method"], scope["path"], reason.message)
        await self._answer(reason)(scope, receive, send)

    async def _run(self, scope: Scope, turn: "_Turn") -> None:
        await self._app(scope, turn.receive, turn.send)


class Steps:
    """For what takes several steps, each of which is to be done in time."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._given_up = _GivenUp()

    async def done(self, work: Coroutine[Any, Any, T]) -> T:
        """Raises UnavailableError when there was no end in time; what was begun may still come to be."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task}, timeout=self._patience)
        finally:
            if not task.done():
                self._given_up.add(task)
        if not task.done():
            raise UnavailableError("There was no answer in time.")
        return task.result()


class _GivenUp:
    """Cancelled work, held until it has cleaned up: a database that does not answer can make that take long."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def add(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        task.cancel()

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("work that was given up ended with %s", type(error).__name__)


class _Turn:
    """One request. The clock stands still while its body comes in: a slow sender is no slow database."""

    def __init__(self, receive: Receive, send: Send, patience: float, seconds_a_megabyte: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.late: asyncio.Future[None] = self._loop.create_future()
        self.answering = False
        self._receive = receive
        self._send = send
        self._left = patience
        self._seconds_a_byte = seconds_a_megabyte / MEGABYTE
        self._received = False
        self._stopped = False
        self._timer = self._loop.call_later(patience, self._expire)

    def stop(self) -> None:
        self._stopped = True
        self._timer.cancel()

    async def receive(self) -> Message:
        if self._received:
            return await self._receive()
        self._left = self._timer.when() - self._loop.time()
        self._timer.cancel()
        message = await self._receive()
        self._left += len(message.get("body", b"")) * self._seconds_a_byte
        self._received = not message.get("more_body", False)
        if not self._stopped:
            self._timer = self._loop.call_later(self._left, self._expire)
        return message

    async def send(self, message: Message) -> None:
        if not self._stopped:
            self.answering = True
            await self._send(message)

    def _expire(self) -> None:
        if not self.late.done():
            self.late.set_result(None)
