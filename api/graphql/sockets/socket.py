"""One socket of the graphql-transport-ws protocol, from its first frame to its last."""

import asyncio
import logging
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from api.auth.principal import Principal
from api.errors import QueryTooComplexError
from api.graphql.context import Context
from api.graphql.credentials import Authenticator
from api.graphql.errors import shown
from api.graphql.operation import CipSchema
from api.graphql.sockets import frames
from api.graphql.sockets.admission import Admission, Caps
from api.graphql.sockets.frames import Closing, Complete, Frame, Init, Ping, Subscribe
from api.graphql.sockets.operations import Alone, Operation, Shared
from api.graphql.sockets.outbox import Outbox
from api.graphql.sockets.plans import Plans
from api.graphql.sockets.shared import SharedStreams
from api.graphql.sockets.supervision import Supervision
from api.telemetry import SOCKETS, SUBSCRIPTIONS
from models.database import is_unreachable

INIT_SECONDS: Final = 5.0
STALL_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 10.0
INTERNAL_ERROR: Final = 1011

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sockets:
    """What all sockets of a server share."""

    schema: CipSchema
    authenticator: Authenticator
    caps: Caps
    plans: Plans
    streams: SharedStreams
    admission: Admission
    supervision: Supervision

    @classmethod
    def of(cls, schema: CipSchema, authenticator: Authenticator, caps: Caps) -> "Sockets":
        supervision = Supervision(authenticator.find_principals)
        return cls(schema, authenticator, caps, Plans(schema), SharedStreams(schema), Admission(caps), supervision)


class Socket:
    """Three things can end it: its reader, its writer, and `end`. Whichever comes first says how it is closed."""

    def __init__(self, sockets: Sockets, websocket: WebSocket, context: Context) -> None:
        self._sockets = sockets
        self._websocket = websocket
        self._context = context
        self._outbox = Outbox(self._send)
        self._operations: dict[str, Operation] = {}
        self._subscriptions: set[str] = set()
        self._admitted = ExitStack()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._initialised = False
        self._acknowledged = False

    @property
    def principal(self) -> Principal:
        return self._context.principal

    def stalled(self) -> bool:
        return self._outbox.stalled(STALL_SECONDS)

    def end(self, closing: Closing) -> None:
        if not self._ended.done():
            self._ended.set_exception(closing)

    async def run(self) -> None:
        SOCKETS.inc()
        late = Closing(frames.INIT_TIMEOUT, "Connection initialisation timeout")
        deadline = asyncio.get_running_loop().call_later(INIT_SECONDS, self.end, late)
        self._deadline = deadline
        tasks = (asyncio.create_task(self._read()), asyncio.create_task(self._outbox.write()))
        try:
            done, _ = await asyncio.wait((*tasks, self._ended), return_when=asyncio.FIRST_COMPLETED)
            closing = _how_to_close(next(iter(done)))
        finally:
            deadline.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            self._ended.cancel()
            SOCKETS.dec()
            await self._leave()
        if closing is not None:
            await self._close(closing)

    async def _leave(self) -> None:
        self._admitted.close()
        await self._sockets.supervision.unwatch(self)
        for key in tuple(self._operations):
            if (operation := self._forget(key)) is not None:
                await operation.stop()

    async def _close(self, closing: Closing) -> None:
        """A client that does not read cannot be told: after a while its connection is given up."""
        with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._websocket.close(closing.code, closing.reason)

    async def _send(self, text: str) -> None:
        await self._websocket.send({"type": "websocket.send", "text": text})

    async def _read(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            await self._take(frames.read(message.get("text")))

    async def _take(self, frame: Frame) -> None:
        if isinstance(frame, Init):
            await self._init(frame)
        elif isinstance(frame, Ping):
            await self._outbox.put(frames.pong(frame.payload))
        elif isinstance(frame, Subscribe):
            await self._subscribe(frame)
        elif isinstance(frame, Complete) and (operation := self._forget(frame.id)) is not None:
            await operation.stop()

    async def _init(self, frame: Init) -> None:
        if self._initialised:
            raise Closing(frames.TOO_MANY, "Too many initialisation requests")
        self._initialised = True
        self._deadline.cancel()
        if any(name.lower() == "authorization" for name in frame.payload):
            self._context.maybe_caller = await self._sockets.authenticator.of_parameters(frame.payload)
        if not isinstance(self._context.maybe_caller, Principal):
            raise Closing(frames.FORBIDDEN, "Forbidden")
        limits = self._context.services.limiter.own
        own = None if limits is None else (await limits.of(self.principal.tenant_id)).sockets
        self._admitted.enter_context(self._sockets.admission.admitted(self.principal, own))
        self._sockets.supervision.watch(self)
        self._acknowledged = True
        await self._outbox.put(frames.ACKNOWLEDGED)

    async def _subscribe(self, asked: Subscribe) -> None:
        if not self._acknowledged:
            raise Closing(frames.UNAUTHORIZED, "Unauthorized")
        if asked.id in self._operations:
            raise Closing(frames.ID_IN_USE, f"Subscriber for {asked.id} already exists")
        most = self._sockets.caps.operations_of_a_socket
        if len(self._operations) >= most:
            refused = QueryTooComplexError(f"A socket may have {most} operations at a time.")
            await self._outbox.put(frames.error(asked.id, [shown(refused, self._context.request_id).formatted]))
            return
        self._operations[asked.id] = self._start(asked)

    def _start(self, asked: Subscribe) -> Operation:
        def ended() -> None:
            self._forget(asked.id)

        sockets, plan = self._sockets, self._sockets.plans.of(asked)
        if plan is not None:
            SUBSCRIPTIONS.inc()
            self._subscriptions.add(asked.id)
            shared = Shared.join(sockets.streams, plan, asked, self._context, self._outbox, ended)
            if shared is not None:
                return shared
        return Alone(sockets.schema, asked, self._context, self._outbox, ended)

    def _forget(self, key: str) -> Operation | None:
        """Its id may be used again."""
        if key in self._subscriptions:
            SUBSCRIPTIONS.dec()
            self._subscriptions.discard(key)
        return self._operations.pop(key, None)


def _how_to_close(ended: asyncio.Future[None]) -> Closing | None:
    error = ended.exception()
    if error is None or isinstance(error, WebSocketDisconnect):
        return None
    if isinstance(error, Closing):
        return error
    if is_unreachable(error):
        return Closing(frames.TRY_AGAIN_LATER, "Try again later")
    log.error("a socket failed", exc_info=error)
    return Closing(INTERNAL_ERROR, "Internal error")
