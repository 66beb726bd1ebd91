"""SQL of uploaded files that wait to be imported: whether they hold somebody can only be told from their bytes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ImportChunk, ImportRun
from models.base import table

chunk = table(ImportChunk)
run = table(ImportRun)

IDLE: Final = ("uploading", "uploaded", "checked", "failed", "cancelled")
READABLE: Final = frozenset({"csv"})
"""In the others a text does not stand as it is."""


async def list_files(session: AsyncSession, tenant_id: UUID) -> list[tuple[UUID, str, int]]:
    """(import, format, chunks)."""
    statement = (
        select(run.c.id, run.c.file_format, func.count())
        .join(chunk, (chunk.c.tenant_id == run.c.tenant_id) & (chunk.c.import_id == run.c.id))
        .where(run.c.tenant_id == tenant_id)
        .group_by(run.c.id, run.c.file_format)
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(statement)]


async def holds_any(session: AsyncSession, tenant_id: UUID, import_id: UUID, words: Sequence[bytes]) -> bool:
    """A piece at a time, with the end of the one before: a word can stand across two."""
    longest = max(map(len, words), default=1)
    rest = b""
    numbers = select(chunk.c.number).where(chunk.c.tenant_id == tenant_id, chunk.c.import_id == import_id)
    for number in (await session.execute(numbers.order_by(chunk.c.number))).scalars().all():
        data = await session.execute(
            select(chunk.c.data).where(
                chunk.c.tenant_id == tenant_id, chunk.c.import_id == import_id, chunk.c.number == number
            )
        )
        piece = rest + bytes(data.scalar_one())
        if any(word in piece for word in words):
            return True
        rest = piece[-longest:]
    return False


async def forget_uploads(session: AsyncSession, tenant_id: UUID, before: datetime) -> None:
    """Files of imports that nobody works at, and that nothing was done with since."""
    idle = select(run.c.id).where(
        run.c.tenant_id == tenant_id,
        run.c.state.in_(IDLE),
        func.coalesce(run.c.finished_at, run.c.created_at) <= before,
    )
    await session.execute(delete(chunk).where(chunk.c.tenant_id == tenant_id, chunk.c.import_id.in_(idle)))


async def delete_file(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> None:
    await session.execute(delete(chunk).where(chunk.c.tenant_id == tenant_id, chunk.c.import_id == import_id))
