"""The body of a request, bounded before and after it is decompressed."""

import zlib
from typing import Final

from starlette.requests import Request

GZIP: Final = 16 + zlib.MAX_WBITS


class BodyTooLargeError(Exception):
    pass


class UnreadableBodyError(Exception):
    """The message says why, for a person."""


async def read_body(request: Request, limit: int) -> bytes:
    """Counted while it comes in, so that nobody can make the server hold more than `limit`."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise BodyTooLargeError
        parts.append(part)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return b"".join(parts)
    if encoding != "gzip":
        raise UnreadableBodyError("The body must be plain or compressed by gzip.")
    return _gunzip(b"".join(parts), limit)


def _gunzip(body: bytes, limit: int) -> bytes:
    """A few kilobytes can unpack to gigabytes: it stops at the limit."""
    unpacker = zlib.decompressobj(GZIP)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise UnreadableBodyError("The body is not gzip, although its header says so.") from error
    if len(unpacked) > limit or unpacker.unconsumed_tail:
        raise BodyTooLargeError
    if not unpacker.eof or unpacker.unused_data:
        raise UnreadableBodyError("The body is cut short, or has something behind its end.")
    return unpacked
