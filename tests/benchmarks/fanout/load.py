"""Many clients in one cheap process: frames are counted where they arrive, and nothing is decoded that need not be.

Reads its order from standard input: how many clients, where, with which token, and for how many seconds.
"""

import asyncio
import base64
import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final, cast

import orjson

QUERY: Final = "subscription { ticks { seq at text } }"
SAMPLED: Final = 10
"""Every tenth client looks at the time each of its messages was made at."""
CONNECTING: Final = 40
"""Clients that connect at the same time."""
CONNECT_SECONDS: Final = 20


@dataclass
class Window:
    """Messages `first` to `first + count - 1` are counted."""

    count: int
    first: int = sys.maxsize
    received: int = 0
    bytes: int = 0
    newest: int = 0
    latencies: list[float] = field(default_factory=list)


class Client(asyncio.Protocol):
    def __init__(self, order: dict[str, Any], window: Window, sampled: bool) -> None:
        self._order = order
        self._window = window
        self._sampled = sampled
        self._buffer = b""
        self._open = False
        self._transport: asyncio.Transport | None = None
        self.following: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._order['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def connection_lost(self, error: Exception | None) -> None:
        if not self.following.done():
            self.following.set_exception(ConnectionError("a client was turned away"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._open, self._buffer = True, rest
            self._say({"type": "connection_init", "payload": {"Authorization": f"Bearer {self._order['token']}"}})
        while (end := self._frame()) is not None:
            self._buffer = self._buffer[end:]

    def _frame(self) -> int | None:
        """Where the first frame ends; None when it is not all there."""
        buffer = self._buffer
        if len(buffer) < 4:
            return None
        length, begin = buffer[1], 2
        if length == 126:
            length, begin = int.from_bytes(buffer[2:4], "big"), 4
        if len(buffer) < begin + length:
            return None
        if buffer[0] == 0x81:
            self._message(buffer[begin : begin + length])
        elif buffer[0] == 0x89:
            self._write(0x8A, buffer[begin : begin + length])
        return begin + length

    def _message(self, text: bytes) -> None:
        at = text.find(b'"seq":')
        if at < 0:
            assert text == b'{"type":"connection_ack"}', text
            self._say({"id": "1", "type": "subscribe", "payload": {"query": QUERY}})
            return
        seq, window = int(text[at + 6 : text.index(b",", at)]), self._window
        if not self.following.done():
            self.following.set_result(None)
        window.newest = max(window.newest, seq)
        if window.first <= seq < window.first + window.count:
            window.received += 1
            window.bytes += len(text)
            if self._sampled:
                made = text.index(b'"at":') + 5
                window.latencies.append(time.time() * 1000 - float(text[made : text.index(b",", made)]))

    def _say(self, message: dict[str, Any]) -> None:
        self._write(0x81, orjson.dumps(message))

    def _write(self, kind: int, data: bytes) -> None:
        """Masked with zeros."""
        assert self._transport is not None
        length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126, *len(data).to_bytes(2, "big")])
        self._transport.write(bytes([kind]) + length + bytes(4) + data)


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Resident, in MB."""
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def run(order: dict[str, Any]) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    window = Window(order["seconds"] * 10)
    turn = asyncio.Semaphore(CONNECTING)

    async def connect(number: int) -> None:
        async with turn:
            _, client = await loop.create_connection(
                lambda: Client(order, window, number % SAMPLED == 0), "127.0.0.1", order["port"]
            )
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.following

    await asyncio.gather(*(connect(number) for number in range(order["clients"])))
    await asyncio.sleep(1)
    window.first, before, begun = window.newest + 3, cpu_seconds(order["pid"]), time.monotonic()
    last = window.first + window.count - 1
    await asyncio.sleep(order["seconds"])
    used = cpu_seconds(order["pid"]) - before
    elapsed = time.monotonic() - begun
    deadline = time.monotonic() + 3
    while window.newest <= last + 5 and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    latencies = sorted(window.latencies)
    return {
        "expected": order["clients"] * window.count,
        "received": window.received,
        "bytes": window.bytes / max(1, window.received),
        "cpu_us": used
        * 1e6
        / max(1, order["clients"] * 10 * elapsed * window.received / (order["clients"] * window.count)),
        "cpu_share": used / elapsed,
        "p50_ms": latencies[len(latencies) // 2],
        "p99_ms": latencies[len(latencies) * 99 // 100],
        "memory_mb": memory(order["pid"]),
    }


if __name__ == "__main__":
    import uvloop

    sys.stdout.write(orjson.dumps(uvloop.run(run(orjson.loads(sys.stdin.buffer.read())))).decode())
