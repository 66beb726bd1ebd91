"""Whoever joins when, reads as slowly as it likes and comes back after a drop: its messages add up to the state."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.graphql.sockets import audiences, outbox
from api.graphql.sockets.audiences import Audience, ChangeAudience, StateAudience, Subscriber
from api.graphql.sockets.outbox import Lane
from api.streams.feeds import Feed, Part, Sharing

KEYS = ("a", "b", "c")
CAPACITY = 3


class NoSocket:
    """Stands for an outbox whose client reads when the test says so."""

    def enter(self, lane: Lane) -> None:
        pass


@dataclass
class Client:
    """Keeps what it knows when its connection drops, and its last cursor."""

    known: dict[str, int] = field(default_factory=dict)
    cursor: str | None = None
    subscriber: Subscriber | None = None
    messages: int = 0
    position: int | None = None
    """Of the last change it knows of; None while it has no whole."""

    def join(self, audience: Audience, *, resume: bool) -> None:
        if self.subscriber is None:
            self.position = int(self.cursor.partition(".")[2]) if resume and self.cursor else None
            self.join_with(audience, self.cursor if resume else None)

    def join_with(self, audience: Audience, cursor: str | None) -> None:
        self.subscriber = Subscriber(Lane(NoSocket(), "1"), lambda: None)  # type: ignore[arg-type]
        audience.join(self.subscriber, cursor)

    def drop(self, audience: Audience) -> None:
        if self.subscriber is not None:
            audience.leave(self.subscriber)
            self.subscriber = None

    def read(self) -> bool:
        """One frame. False when there is none."""
        if self.subscriber is None or not self.subscriber.lane:
            return False
        text = self.subscriber.lane.take()
        if text is not None:
            message = orjson.loads(text)["payload"]
            assert message["change"] in (None, (self.position or 0) + 1), "a change after a gap"
            self.position = message["position"]
            self.known.update(message["values"])
            self.cursor = message["cursor"] or self.cursor
            self.messages += 1
        return True


@dataclass
class Source:
    """As the generator of a subscription does it: differences of readings, and the whole whenever it is wanted."""

    feed: Feed
    audience: Audience
    state: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KEYS, 0))

    def run(self) -> Iterator[None]:
        """Stops after each message, so that anything can happen between two of them."""
        known: dict[str, int] | None = None
        while True:
            reading = dict(self.state)
            for key in KEYS:
                if known is not None and known[key] != reading[key]:
                    yield from self._publish({key: reading[key]}, self.feed.change())
            known = reading
            if self.feed.wanted:
                for key in KEYS:
                    yield from self._publish({key: reading[key]}, self.feed.whole(last=key == KEYS[-1]))
            yield

    def _publish(self, values: dict[str, int], cursor: str | None) -> Iterator[None]:
        change = self.feed.position if self.feed.part is Part.CHANGE else None
        message = {"values": values, "cursor": cursor, "change": change, "position": self.feed.position}
        yield
        self.audience.publish(orjson.dumps(message).decode())


class World:
    def __init__(self) -> None:
        self.time = 0.0
        feed = Feed()
        self.audience = ChangeAudience(feed, lambda: self.time)
        self.source = Source(feed, self.audience)
        self.running = self.source.run()
        self.clients = [Client() for _ in range(3)]

    def step(self, kind: str, what: Any, how: Any) -> None:
        if kind == "write":
            self.source.state[what] = how
        elif kind == "burst":
            for value in range(what):
                self.source.state = dict.fromkeys(KEYS, value)
                for _ in range(8):
                    next(self.running)
        elif kind == "wait":
            self.time += what
        elif kind == "go on":
            for _ in range(what):
                next(self.running)
        else:
            self.move(kind, self.clients[what], how)

    def move(self, kind: str, client: Client, how: int) -> None:
        if kind == "join":
            client.join(self.audience, resume=bool(how))
        elif kind == "drop":
            client.drop(self.audience)
        else:
            for _ in range(how):
                client.read()

    def nobody_has_too_much(self) -> None:
        for client in self.clients:
            assert client.subscriber is None or len(client.subscriber.lane._payloads) <= max(CAPACITY, len(KEYS))


clients = st.integers(0, 2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(KEYS), st.integers(0, 2)),
        st.tuples(st.just("go on"), st.integers(1, 9), st.just(0)),
        st.tuples(st.just("burst"), st.integers(1, 3), st.just(0)),
        st.tuples(st.just("join"), clients, st.booleans()),
        st.tuples(st.just("drop"), clients, st.just(0)),
        st.tuples(st.just("read"), clients, st.integers(1, 5)),
        st.tuples(st.just("wait"), st.just(1), st.just(0)),
    ),
    max_size=60,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_the_messages_of_each_client_add_up_to_the_state(
    monkeypatch: pytest.MonkeyPatch, given_steps: list[tuple[str, Any, Any]]
) -> None:
    monkeypatch.setattr(outbox, "CAPACITY", CAPACITY)
    monkeypatch.setattr(audiences, "CAPACITY", CAPACITY)
    world = World()
    for kind, what, how in given_steps:
        world.step(kind, what, how)
        world.nobody_has_too_much()
    for client in world.clients:
        client.join(world.audience, resume=True)
    for _ in range(40):
        next(world.running)
        for client in world.clients:
            client.read()
    assert [client.known for client in world.clients] == [world.source.state] * 3
    assert len(world.audience) == 3


def make(sharing: Sharing) -> tuple[Feed, Audience]:
    feed = Feed()
    return feed, audiences.audience(sharing, feed, lambda: 0.0)


def test_a_cursor_of_another_stream_or_of_none_begins_with_the_whole() -> None:
    feed, audience = make(Sharing.CHANGES)
    source = Source(feed, audience)
    running = source.run()
    first = Client()
    first.join(audience, resume=False)
    for _ in range(8):
        next(running)
    assert first.cursor is None
    while first.read():
        pass
    assert first.cursor == f"{feed.name}.0"
    for cursor in ("", ".", "0", "x.0", f"{Feed().name}.0", f"{feed.name}.1", f"{feed.name}.-1", f"{feed.name}.²"):
        client = Client()
        client.join_with(audience, cursor)
        while client.read():
            pass
        assert client.messages == len(KEYS), cursor
    follower = Client(cursor=first.cursor)
    follower.join(audience, resume=True)
    assert not follower.read()


def test_of_states_a_slow_reader_gets_the_newest_alone_and_a_late_one_the_latest() -> None:
    _, audience = make(Sharing.STATES)
    assert isinstance(audience, StateAudience)
    early, late = Client(), Client()
    early.join(audience, resume=False)
    assert not early.read()
    for number in range(10_000):
        audience.publish(
            orjson.dumps({"values": {"a": number}, "cursor": None, "change": None, "position": None}).decode()
        )
    late.join(audience, resume=False)
    for client in (early, late):
        while client.read():
            pass
        assert (client.known, client.messages) == ({"a": 9_999}, 1)


def test_what_is_missing_comes_when_all_of_it_is_known_and_otherwise_the_whole() -> None:
    feed, audience = make(Sharing.CHANGES)
    source = Source(feed, audience)
    running = source.run()
    watching = Client()
    watching.join(audience, resume=False)
    for value in range(outbox.CAPACITY + 5):
        source.state["a"] = value
        for _ in range(8):
            next(running)
    for missing in (0, 1, outbox.CAPACITY, outbox.CAPACITY + 1):
        client = Client()
        client.join_with(audience, f"{feed.name}.{feed.position - missing}")
        known = list(client.subscriber.lane._payloads) if client.subscriber else []
        assert len(known) == (missing if missing <= outbox.CAPACITY else 0)
        assert feed.wanted is (missing > outbox.CAPACITY)
