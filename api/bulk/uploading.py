"""Lines for a mutation: cut from the body as it comes, checked, and kept in pieces."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from api.audit.repository import insert_entry
from api.bulk import upload_repository
from api.errors import BadInputError
from models.base import new_id
from models.database import Database

LINES_A_PIECE: Final = 50
"""One transaction of a run."""
LONGEST_LINE: Final = 64 * 1024
MOST_LINES: Final = 100_000
PATH: Final = ("file",)
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadedLines:
    id: UUID
    lines: int


class Cutter:
    """Lines of a text that comes in pieces of any size. Pure."""

    def __init__(self) -> None:
        self._rest = b""
        self.count = 0

    def cut(self, data: bytes) -> Iterator[bytes]:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield self._checked(line)
        if len(self._rest) > LONGEST_LINE:
            self._checked(self._rest)

    def end(self) -> Iterator[bytes]:
        """A last line without its end."""
        if self._rest:
            yield self._checked(self._rest)
        self._rest = b""

    def _checked(self, line: bytes) -> bytes:
        self.count += 1
        if self.count > MOST_LINES:
            raise BadInputError(f"A file has at most {MOST_LINES:,} lines.", path=PATH)
        if len(line) > LONGEST_LINE:
            raise BadInputError(f"Line {self.count} is longer than {LONGEST_LINE // 1024} kB.", path=PATH)
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise BadInputError(f"Line {self.count} is no JSON.", path=PATH) from None
        if not isinstance(found, dict):
            raise BadInputError(f"Line {self.count} is no object of variables.", path=PATH)
        return line.strip()


class LineUploads:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def keep(self, tenant_id: UUID, body: AsyncIterator[bytes], limit: int, *, actor: str) -> UploadedLines:
        """What breaks off, is too large or has a faulty line leaves nothing behind."""
        upload_id = new_id()
        try:
            count = await self._keep(tenant_id, upload_id, body, limit)
        except BaseException:
            async with self._database.unit_of_work(tenant_id) as session:
                await upload_repository.delete_upload(session, tenant_id, upload_id)
            raise
        details: dict[str, object] = {"upload": str(upload_id), "lines": count}
        async with self._database.unit_of_work(tenant_id) as session:
            at = self._now()
            await insert_entry(session, tenant_id, at=at, actor=actor, action="bulk.upload", details=details)
        return UploadedLines(upload_id, count)

    async def _keep(self, tenant_id: UUID, upload_id: UUID, body: AsyncIterator[bytes], limit: int) -> int:
        cutter, waiting = Cutter(), list[bytes]()
        size = number = 0
        async for data in body:
            size += len(data)
            if size > limit:
                raise BadInputError(f"A file has at most {limit // MEGABYTE:,} MB.", path=PATH)
            waiting.extend(cutter.cut(data))
            while len(waiting) >= LINES_A_PIECE:
                await self._write(tenant_id, upload_id, number, waiting[:LINES_A_PIECE])
                del waiting[:LINES_A_PIECE]
                number += 1
        waiting.extend(cutter.end())
        if waiting:
            await self._write(tenant_id, upload_id, number, waiting)
        if not cutter.count:
            raise BadInputError("This file is empty.", path=PATH)
        return cutter.count

    async def _write(self, tenant_id: UUID, upload_id: UUID, number: int, lines: list[bytes]) -> None:
        async with self._database.unit_of_work(tenant_id) as session:
            await upload_repository.insert_piece(session, tenant_id, upload_id, number, lines, self._now())
