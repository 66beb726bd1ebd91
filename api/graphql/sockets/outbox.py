"""What waits to be sent to one client: bounded, and written by one task."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from api.graphql.sockets import frames
from api.telemetry import FRAMES

CAPACITY: Final = 64
"""Answers that wait in one outbox, and changes that wait for one subscription."""

_sent = FRAMES.labels("sent")
_replaced = FRAMES.labels("replaced")


@dataclass(slots=True)
class Tally:
    """Frames since the last report: a Prometheus counter is too dear to be raised for each."""

    sent: int = 0
    replaced: int = 0

    def report(self) -> None:
        _sent.inc(self.sent)
        _replaced.inc(self.replaced)
        self.sent = self.replaced = 0


tally = Tally()


class Lane:
    """The messages of one subscription on their way to one client; the outbox takes from all lanes in turn."""

    def __init__(self, outbox: "Outbox", key: str) -> None:
        self._outbox = outbox
        self._key = key
        self._head = frames.next_head(key)
        self._payloads: deque[str] = deque()
        self._end: str | None = None
        self._on_room: Callable[[], None] | None = None
        self.queued = False

    def latest(self, payload: str) -> None:
        """Takes the place of whatever waits."""
        self.all((payload,))

    def all(self, payloads: Sequence[str]) -> None:
        tally.replaced += len(self._payloads)
        self._payloads = deque(payloads)
        self._outbox.enter(self)

    def append(self, payload: str) -> bool:
        """False, and nothing waits any more, when too much did: what follows would have a gap before it."""
        if len(self._payloads) >= CAPACITY:
            tally.replaced += len(self._payloads) + 1
            self._payloads.clear()
            return False
        self._payloads.append(payload)
        self._outbox.enter(self)
        return True

    def when_there_is_room(self, then: Callable[[], None]) -> None:
        """Calls back when the client has read so far that it is this lane's turn."""
        self._on_room = then
        self._outbox.enter(self)

    def finish(self, errors: list[object] | None = None) -> None:
        """After what waits."""
        self._on_room = None
        self._end = frames.complete(self._key) if errors is None else frames.error(self._key, errors)
        self._outbox.enter(self)

    def clear(self) -> None:
        self._payloads.clear()
        self._end = self._on_room = None

    def take(self) -> str | None:
        if self._payloads:
            return f"{self._head}{self._payloads.popleft()}}}"
        if self._on_room is not None:
            then, self._on_room = self._on_room, None
            then()
            return None
        end, self._end = self._end, None
        return end

    def __bool__(self) -> bool:
        return bool(self._payloads) or self._end is not None or self._on_room is not None


class Outbox:
    def __init__(self, send: Callable[[str], Awaitable[None]]) -> None:
        self._send = send
        self._lanes: deque[Lane] = deque()
        self._answers: deque[str] = deque()
        self._idle: asyncio.Future[None] | None = None
        self._room = asyncio.Event()
        self._room.set()
        self._sending_since: float | None = None

    async def put(self, text: str) -> None:
        """One answer, after those before it. Waits for room, so whoever does not read is not served either."""
        while len(self._answers) >= CAPACITY:
            self._room.clear()
            await self._room.wait()
        self._answers.append(text)
        self._wake()

    def enter(self, lane: Lane) -> None:
        if not lane.queued:
            lane.queued = True
            self._lanes.append(lane)
            self._wake()

    def stalled(self, seconds: float) -> bool:
        """Whether the client has not read for so long."""
        return self._sending_since is not None and monotonic() - self._sending_since > seconds

    async def write(self) -> None:
        """The one writer: until cancelled, or until sending fails."""
        while True:
            while self._answers:
                await self._write(self._answers.popleft())
                self._room.set()
            for _ in range(len(self._lanes)):
                lane = self._lanes.popleft()
                lane.queued = False
                text = lane.take()
                if lane:
                    self.enter(lane)
                if text is not None:
                    await self._write(text)
            if not self._lanes and not self._answers:
                # A future of its own: an asyncio.Event costs a microsecond more, ten thousand times a second.
                self._idle = asyncio.get_running_loop().create_future()
                await self._idle

    def _wake(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    async def _write(self, text: str) -> None:
        self._sending_since = monotonic()
        await self._send(text)
        self._sending_since = None
        tally.sent += 1
