"""A client that does not read: it grows no memory, holds nobody up, and is told to come back (P28)."""

import asyncio
import gc
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.app import Server
from api.graphql.sockets.admission import Caps
from api.graphql.sockets.outbox import CAPACITY, Outbox
from api.graphql.sockets.shared import SharedStream
from api.graphql.transport import GraphQLView
from tests.fanout.ticking import CHANGES, STATES, Source, ticking
from tests.support.client import Api
from tests.support.frames import PROTOCOL, Frames, open_socket
from tests.support.running import socket_url
from tests.support.waiting import wait_until
from tests.support.world import TestTenant

PUBLISHED = 400_000
SMALL = 4_096
PADDING = 40_000
"""A few hundred such messages are more than all buffers of the two kernels."""


@asynccontextmanager
async def lazy_socket(base_url: str) -> AsyncIterator[tuple[ClientConnection, Frames]]:
    """A client with small buffers: once it stops to read, little fits between it and the server."""
    address = urlsplit(base_url)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (address.hostname, address.port))
    async with connect(
        socket_url(base_url),
        sock=plain,
        subprotocols=[Subprotocol(PROTOCOL)],
        compression=None,
        proxy=None,
        max_queue=1,
        ping_interval=None,
        close_timeout=0.1,
    ) as connection:
        yield connection, Frames(connection)


class World:
    def __init__(self, url: str, view: GraphQLView, source: Source, token: str) -> None:
        self.url = f"{url}/ticking"
        self.source = source
        self.token = token
        self._view = view

    def streams(self) -> list[SharedStream]:
        return list(self._view.sockets.streams._streams.values())


@pytest.fixture
async def world(server: Server, acme: TestTenant) -> AsyncIterator[World]:
    source = Source(padding="x" * PADDING)
    async with ticking(server, source, Caps(20, 10, 10)) as (url, view), httpx.AsyncClient(base_url=url) as http:
        token = (await Api(http).login("acme", "viewer")).token
        assert token is not None
        yield World(url, view, source, token)


def number(frame: dict[str, Any]) -> int:
    found = next(iter(frame["payload"]["data"].values()))
    return int((found[0] if isinstance(found, list) else found).split()[0])


async def publish(source: Source, begin: int, end: int) -> None:
    """Each value is taken up before the next one comes."""
    for value in range(begin, end):
        source.set(value)
        for _ in range(12):
            await asyncio.sleep(0)


@pytest.mark.parametrize("query", [STATES, CHANGES])
async def test_whoever_does_not_read_gets_the_newest_state_when_it_reads_again(world: World, query: str) -> None:
    async with lazy_socket(world.url) as (lazy, frames), open_socket(world.url) as eager:
        for client in (frames, eager):
            await client.init(world.token)
            await client.first(query)
        lazy.transport.pause_reading()
        last = 500
        await publish(world.source, 1, last + 1)
        while number(await eager.receive()) != last:
            pass
        lazy.transport.resume_reading()
        seen = [0]
        while seen[-1] != last:
            seen.append(number(await frames.receive()))
        assert seen == sorted(seen)
        assert len(seen) < last
        world.source.set(last + 1)
        assert number(await frames.receive()) == last + 1


@pytest.mark.parametrize("query", [STATES, CHANGES])
async def test_400_000_messages_for_a_client_that_does_not_read_grow_no_memory(world: World, query: str) -> None:
    """Published to the stream itself, which is where messages of any number of executions would pile up."""
    async with lazy_socket(world.url) as (lazy, frames):
        await frames.init(world.token)
        await frames.first(query)
        lazy.transport.pause_reading()
        await publish(world.source, 1, 500)
        [stream] = world.streams()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for value in range(PUBLISHED):
                stream.audience.publish(orjson.dumps({"data": {"states": str(value)}}).decode())
                if value % 1_000 == 0:
                    await asyncio.sleep(0)
            gc.collect()  # the server's other tasks leave circles that nobody has collected yet
            after, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert after - before < 200_000
        assert peak - before < 1_000_000
        lazy.transport.abort()


async def test_a_socket_that_is_not_read_from_is_closed_with_1013(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.graphql.sockets.socket.STALL_SECONDS", 0.2)
    monkeypatch.setattr("api.graphql.sockets.supervision.ROUND_SECONDS", 0.05)
    async with lazy_socket(world.url) as (lazy, frames):
        await frames.init(world.token)
        await frames.first(STATES)
        lazy.transport.pause_reading()
        await publish(world.source, 1, 500)

        async def stopped() -> bool:
            return world.source.open == 0

        await wait_until(stopped)
        lazy.transport.resume_reading()
        assert await frames.close_code() == 1013
        assert frames.close_reason == "Nothing was read for too long"


async def test_one_that_reads_is_not_closed_however_often_it_is_looked_after(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.graphql.sockets.socket.STALL_SECONDS", 0.0)
    monkeypatch.setattr("api.graphql.sockets.supervision.ROUND_SECONDS", 0.001)
    async with open_socket(world.url) as frames:
        await frames.init(world.token)
        await frames.first(STATES)
        for value in range(1, 200):
            world.source.set(value)
            assert number(await frames.receive()) == value


async def test_an_outbox_takes_so_many_answers_and_then_makes_whoever_answers_wait() -> None:
    """The reader among them: a client's next question is not read while the answers to the last ones wait."""
    sent: list[str] = []
    read = asyncio.Semaphore(0)

    async def send(text: str) -> None:
        await read.acquire()
        sent.append(text)

    outbox = Outbox(send)
    writer = asyncio.create_task(outbox.write())
    for answer in range(CAPACITY):
        await outbox.put(str(answer))
    await asyncio.sleep(0)
    await outbox.put("one in the writer's hand")
    waiting = asyncio.create_task(outbox.put("one too many"))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    read.release()
    await waiting
    for _ in range(CAPACITY + 1):
        read.release()
    while len(sent) < CAPACITY + 2:
        await asyncio.sleep(0)
    assert sent == [*map(str, range(CAPACITY)), "one in the writer's hand", "one too many"]
    writer.cancel()
    await asyncio.wait([writer])
