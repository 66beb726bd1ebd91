"""Demo time: walks through past events in windows, without a clock, a database or a task of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.events.contracts import IncomingEvent


@dataclass(frozen=True, slots=True)
class ReplayWindow:
    """The events with `start <= time < position`; `position` is where the next window may begin at the earliest."""

    start: datetime
    position: datetime
    events: tuple[IncomingEvent, ...]
    finished: bool


class ReplayCursor:
    """Hands out every event once, in order.

    `events` are time-ordered and begin at `position`. A stretch without events that is longer than a window is skipped:
    the next window then starts at the next event. A position that was kept can be gone on from:
    `ReplayCursor(events(since=kept), kept, ends_at)`.
    """

    def __init__(self, events: Iterable[IncomingEvent], position: datetime, ends_at: datetime) -> None:
        self._events = iter(events)
        self._ends_at = ends_at
        self._position = position
        self._next = self._pull(not_before=position)

    @property
    def position(self) -> datetime:
        return self._position

    @property
    def finished(self) -> bool:
        return self._next is None

    def next_window(self, *, speed: float, seconds: float) -> ReplayWindow:
        """The events of `speed * seconds` of tenant time; after the last one the position is `ends_at`."""
        span = timedelta(seconds=speed * seconds)
        if span <= timedelta(0):
            raise ValueError(f"a replay window must last: speed {speed} times {seconds} s")
        start = self._start(span)
        end = start + span
        events: list[IncomingEvent] = []
        while self._next is not None and self._next[0] < end:
            time, event = self._next
            events.append(event)
            self._next = self._pull(not_before=time)
        self._position = self._ends_at if self._next is None else end
        return ReplayWindow(start, self._position, tuple(events), self.finished)

    def _start(self, span: timedelta) -> datetime:
        if self._next is None or self._next[0] < self._position + span:
            return self._position
        return self._next[0]

    def _pull(self, not_before: datetime) -> tuple[datetime, IncomingEvent] | None:
        event = next(self._events, None)
        if event is None or event.occurred_at is None:
            if event is not None:
                raise ValueError(f"event {event.message_id} has no time and cannot be replayed")
            return None
        if event.occurred_at < not_before:
            raise ValueError(f"event {event.message_id} at {event.occurred_at} comes after one at {not_before}")
        return None if event.occurred_at >= self._ends_at else (event.occurred_at, event)
