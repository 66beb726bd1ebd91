"""A body costs no more memory than its limit, however much it would unpack to."""

import gzip
import tracemalloc
from typing import Final

import pytest
from starlette.requests import Request
from starlette.types import Message

from api.http.bodies import BodyTooLargeError, read_body

MEGABYTE: Final = 1024 * 1024


def request(body: bytes, encoding: str) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "headers": [(b"content-encoding", encoding.encode())]}, receive)


async def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b" " * (64 * MEGABYTE))
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLargeError):
            await read_body(request(bomb, "gzip"), MEGABYTE)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
    finally:
        tracemalloc.stop()


async def test_what_fits_is_unpacked_whole() -> None:
    body = bytes(range(256)) * 4096
    assert await read_body(request(gzip.compress(body), "gzip"), len(body)) == body
    with pytest.raises(BodyTooLargeError):
        await read_body(request(gzip.compress(body), "gzip"), len(body) - 1)
