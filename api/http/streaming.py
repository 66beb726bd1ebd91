"""An answer of any length, sent as it is made. Whoever stops reading it is let go."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import Final
from urllib.parse import quote

from starlette.responses import StreamingResponse
from starlette.types import Message, Send

PATIENCE_SECONDS: Final = 60.0
"""What makes an answer may hold a connection of the database: a reader that has gone to sleep must not keep it."""
PIECE: Final = 64 * 1024


class Streaming(StreamingResponse):
    def __init__(
        self, lines: AsyncIterable[str], media_type: str, file_name: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self._lines = lines
        named = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file_name, safe='')}",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            **(headers or {}),
        }
        super().__init__(_pieces(lines), media_type=media_type, headers=named)

    async def stream_response(self, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        finally:
            close = getattr(self._lines, "aclose", None)
            if close is not None:
                await close()


async def _pieces(lines: AsyncIterable[str]) -> AsyncIterator[bytes]:
    waiting: list[str] = []
    size = 0
    async for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= PIECE:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()
