"""uvicorn's WebSockets, with the frames of texts written at once."""

from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

TEXT: Final = 0x81
"""The first byte of a text's only frame."""
ONE_BYTE: Final = 126
TWO_BYTES: Final = 1 << 16


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Most of what a server with many subscribers does is writing texts. By way of the general frames of `websockets`
    each costs about 5 µs more; see tests.benchmarks.fanout."""

    async def send(self, message: Any) -> None:
        text = message.get("text")
        if text is None or not self.handshake_complete:
            await super().send(message)
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.close_sent or self.conn.state is not State.OPEN or self.conn.extensions:
            await super().send(message)
            return
        data = text.encode()
        self.transport.write(head(len(data)) + data)


def head(length: int) -> bytes:
    if length < ONE_BYTE:
        return bytes((TEXT, length))
    if length < TWO_BYTES:
        return bytes((TEXT, ONE_BYTE, length >> 8, length & 0xFF))
    return bytes((TEXT, ONE_BYTE + 1)) + length.to_bytes(8, "big")
