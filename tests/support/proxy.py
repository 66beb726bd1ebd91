"""A proxy that stands between a client and its server and does what networks do: delay, swallow, refuse, cut."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import make_url

from models.urls import server_of

CHUNK: Final = 65_536
COMMIT: Final = b"COMMIT;\0"
"""As asyncpg ends a transaction, in PostgreSQL's protocol."""

Address = tuple[str, int] | Path


class Cut(Enum):
    """When a connection is lost: before the server has the message, or after it acted and before its answer."""

    BEFORE = "before"
    AFTER = "after"


Watch = Callable[[bytes], Cut | None]
"""Looks at what a client sends."""


@dataclass(slots=True, eq=False)
class Link:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    swallow: bool = False
    """The next answer ends the connection."""


class Proxy:
    """On a port of its own, which stays the same when connections are refused for a while."""

    def __init__(self, server: Address) -> None:
        self.port = 0
        self.delay = 0.0
        """Seconds that each answer of the server is late."""
        self.rate: float | None = None
        """Bytes a second, each way."""
        self.watch: Watch | None = None
        self.cuts: list[Cut] = []
        self._server = server
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self._listening: asyncio.Server | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        await self.accept()
        try:
            yield self
        finally:
            await self.refuse()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def accept(self) -> None:
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Open connections are lost, new ones are refused."""
        self.stop_listening()
        self.reset()

    def stop_listening(self) -> None:
        """New connections are refused."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def silence(self) -> None:
        """Nothing comes through any more, and nobody is told."""
        self._flows.clear()

    def resume(self) -> None:
        self._flows.set()

    def reset(self) -> None:
        for link in list(self._links):
            _reset(link)

    async def _connected(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._serve(reader, client)
        except (asyncio.CancelledError, OSError):
            client.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        answers, server = await _open(self._server)
        link = Link(client, server)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._questions(reader, link))
                group.create_task(self._answers(answers, link))
        finally:
            self._links.discard(link)
            for writer in (client, server):
                writer.transport.abort()

    async def _questions(self, reader: asyncio.StreamReader, link: Link) -> None:
        while data := await _read(reader):
            await self._hold(data)
            cut = self.watch(data) if self.watch is not None else None
            if cut is not None:
                self.cuts.append(cut)
                link.swallow = True
            if cut is Cut.BEFORE:
                _reset(link)
                return
            await _write(link.server, data)
        link.server.transport.close()

    async def _answers(self, reader: asyncio.StreamReader, link: Link) -> None:
        while data := await _read(reader):
            await self._hold(data)
            await asyncio.sleep(self.delay)
            if link.swallow:
                _reset(link)
                return
            await _write(link.client, data)
        link.client.transport.close()

    async def _hold(self, data: bytes) -> None:
        await self._flows.wait()
        if self.rate is not None:
            await asyncio.sleep(len(data) / self.rate)


def at(message: bytes, cut: Cut) -> Watch:
    return lambda data: cut if message in data else None


def after_bytes(count: int) -> Watch:
    """Cuts once that many bytes were sent, in the middle of a message if it comes so."""
    left = count

    def watch(data: bytes) -> Cut | None:
        nonlocal left
        left -= len(data)
        return Cut.BEFORE if left < 0 else None

    return watch


def address_of_redis(url: str) -> Address:
    split = urlsplit(url)
    return Path(split.path) if split.scheme == "unix" else (split.hostname or "localhost", split.port or 6379)


def address_of_postgres(url: str) -> Address:
    host, port = server_of(url)
    return Path(host) / f".s.PGSQL.{port}" if host.startswith("/") else (host, int(port))


def through(url: str, proxy: Proxy) -> str:
    """The same database by way of the proxy."""
    parts = make_url(url)
    return parts.set(host="127.0.0.1", port=proxy.port, query={}).render_as_string(hide_password=False)


async def _open(server: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(server, Path):
        return await asyncio.open_unix_connection(server)
    return await asyncio.open_connection(*server)


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(CHUNK)
    except OSError:
        return b""


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(OSError):
        writer.write(data)
        await writer.drain()


def _reset(link: Link) -> None:
    """As a machine that went away answers: RST, not an orderly end."""
    raw = link.client.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.client.transport.abort()
    link.server.transport.abort()
