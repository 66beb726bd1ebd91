"""Who gets which message of a shared stream. Pure, but for the clock.

Everybody's messages, put one after the other, give the whole state at any time: whoever joins late or has lost some
begins again with the whole, or with what is missing when that is known.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from api.graphql.sockets.outbox import CAPACITY, Lane
from api.streams.feeds import Feed, Part, Sharing

FRESH_SECONDS: Final = 0.25
"""How old the whole may be that somebody begins with."""


@dataclass(frozen=True, slots=True, eq=False)
class Subscriber:
    """`ended` is called when the stream ends by itself, just before the last frame is queued."""

    lane: Lane
    ended: Callable[[], None]


class Audience(Protocol):
    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Subscriber]: ...

    def join(self, subscriber: Subscriber, cursor: str | None) -> None: ...

    def leave(self, subscriber: Subscriber) -> None: ...

    def publish(self, payload: str) -> None: ...


def audience(sharing: Sharing, feed: Feed, now: Callable[[], float]) -> Audience:
    return StateAudience() if sharing is Sharing.STATES else ChangeAudience(feed, now)


class StateAudience:
    def __init__(self) -> None:
        self._all: set[Subscriber] = set()
        self._latest: str | None = None

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._all)

    def join(self, subscriber: Subscriber, cursor: str | None) -> None:
        self._all.add(subscriber)
        if self._latest is not None:
            subscriber.lane.latest(self._latest)

    def leave(self, subscriber: Subscriber) -> None:
        self._all.discard(subscriber)

    def publish(self, payload: str) -> None:
        self._latest = payload
        for subscriber in self._all:
            subscriber.lane.latest(payload)


class ChangeAudience:
    """Each subscriber either follows, or waits for the whole, or is behind: then it waits for its client to read."""

    def __init__(self, feed: Feed, now: Callable[[], float]) -> None:
        self._feed = feed
        self._now = now
        self._following: set[Subscriber] = set()
        self._waiting: set[Subscriber] = set()
        self._behind: set[Subscriber] = set()
        self._whole: list[str] = []
        self._whole_since: float | None = None
        self._next_whole: list[str] = []
        self._recent: deque[str] = deque(maxlen=CAPACITY)
        self._position = 0

    def __len__(self) -> int:
        return len(self._following) + len(self._waiting) + len(self._behind)

    def __iter__(self) -> Iterator[Subscriber]:
        return iter(self._following | self._waiting | self._behind)

    def join(self, subscriber: Subscriber, cursor: str | None) -> None:
        missing = self._since(cursor)
        if missing is None:
            self._begin(subscriber)
            return
        if missing:
            subscriber.lane.all(missing)
        self._following.add(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        for part in (self._following, self._waiting, self._behind):
            part.discard(subscriber)

    def publish(self, payload: str) -> None:
        if self._feed.part is Part.CHANGE:
            self._change(payload)
            return
        self._next_whole.append(payload)
        if self._feed.part is Part.END_OF_WHOLE:
            self._whole, self._next_whole, self._whole_since = self._next_whole, [], self._now()
            for subscriber in self._waiting:
                subscriber.lane.all(self._whole)
            self._following |= self._waiting
            self._waiting = set()
            self._feed.wanted = False

    def _change(self, payload: str) -> None:
        self._whole_since = None
        self._recent.append(payload)
        self._position += 1
        for subscriber in [one for one in self._following if not one.lane.append(payload)]:
            self._following.discard(subscriber)
            self._behind.add(subscriber)
            subscriber.lane.when_there_is_room(partial(self._catch_up, subscriber))

    def _catch_up(self, subscriber: Subscriber) -> None:
        self._behind.discard(subscriber)
        self._begin(subscriber)

    def _begin(self, subscriber: Subscriber) -> None:
        """With the whole as it was last made when nothing has changed since and that was just now."""
        if self._whole_since is not None and self._now() - self._whole_since < FRESH_SECONDS:
            subscriber.lane.all(self._whole)
            self._following.add(subscriber)
        else:
            self._waiting.add(subscriber)
            self._feed.want()

    def _since(self, cursor: str | None) -> list[str] | None:
        """The changes that came after the cursor; None when not all of them are known."""
        position = None if cursor is None else self._feed.position_of(cursor)
        if position is None or not 0 <= self._position - position <= len(self._recent):
            return None
        return list(self._recent)[len(self._recent) - (self._position - position) :]
