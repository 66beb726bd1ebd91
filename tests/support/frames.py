"""A graphql-transport-ws client that shows every frame, and sends what it is told to."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.support.running import socket_url

PROTOCOL: Final = "graphql-transport-ws"
PATIENCE: Final = 60.0


class Frames:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._operations = 0

    async def send(self, frame: Mapping[str, object]) -> None:
        await self.send_text(orjson.dumps(frame).decode())

    async def send_text(self, text: str) -> None:
        """To a socket that is closed already, nothing: its code is what tells."""
        with suppress(ConnectionClosed):
            await self._connection.send(text)

    async def send_bytes(self, data: bytes) -> None:
        await self._connection.send(data)

    @property
    def close_reason(self) -> str:
        return self._connection.close_reason or ""

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            frame: dict[str, Any] = orjson.loads(await self._connection.recv())
        return frame

    async def init(self, token: str | None = None) -> None:
        """Must be acknowledged."""
        payload = {} if token is None else {"payload": {"Authorization": f"Bearer {token}"}}
        await self.send({"type": "connection_init", **payload})
        assert await self.receive() == {"type": "connection_ack"}

    async def begin(self, query: str, variables: Mapping[str, object] | None = None) -> str:
        self._operations += 1
        key = str(self._operations)
        payload = {"query": query, "variables": dict(variables or {})}
        await self.send({"id": key, "type": "subscribe", "payload": payload})
        return key

    async def first(self, query: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        """The first frame of an operation."""
        key = await self.begin(query, variables)
        frame = await self.receive()
        assert frame["id"] == key
        return frame

    async def only(self, query: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        """The payload of an operation with a single answer."""
        frame = await self.first(query, variables)
        assert frame["type"] == "next", frame
        assert await self.receive() == {"id": frame["id"], "type": "complete"}
        payload: dict[str, Any] = frame["payload"]
        return payload

    async def close_code(self) -> int:
        """Whatever comes before it closes is passed over."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionClosed):
                while True:
                    await self._connection.recv()
            await self._connection.wait_closed()
        code = self._connection.close_code
        assert code is not None
        return code


@asynccontextmanager
async def open_socket(
    base_url: str, *, protocol: str | None = PROTOCOL, origin: str | None = None, cookie: str | None = None
) -> AsyncIterator[Frames]:
    async with connect(
        socket_url(base_url),
        subprotocols=None if protocol is None else [Subprotocol(protocol)],
        origin=None if origin is None else Origin(origin),
        additional_headers={} if cookie is None else {"Cookie": cookie},
        compression=None,
        proxy=None,
    ) as connection:
        yield Frames(connection)
