"""SQL of the lines that mutations are to be run with, in pieces."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk.contracts import KEPT
from models import BulkOperation, BulkUpload
from models.base import table

upload = table(BulkUpload)
operation = table(BulkOperation)


async def insert_piece(
    session: AsyncSession, tenant_id: UUID, upload_id: UUID, number: int, lines: Sequence[bytes], now: datetime
) -> None:
    data = b"\n".join(lines)
    values = {"id": upload_id, "number": number, "data": data, "lines": len(lines), "created_at": now}
    await session.execute(insert(upload).values(tenant_id=tenant_id, **values))


async def list_sizes(session: AsyncSession, tenant_id: UUID, upload_id: UUID) -> list[int]:
    """Lines of each piece."""
    statement = (
        select(upload.c.lines)
        .where(upload.c.tenant_id == tenant_id, upload.c.id == upload_id)
        .order_by(upload.c.number)
    )
    return list((await session.execute(statement)).scalars())


async def find_piece(session: AsyncSession, tenant_id: UUID, upload_id: UUID, number: int) -> list[bytes] | None:
    statement = select(upload.c.data).where(
        upload.c.tenant_id == tenant_id, upload.c.id == upload_id, upload.c.number == number
    )
    found = (await session.execute(statement)).scalar_one_or_none()
    return None if found is None else found.split(b"\n")


async def count_lines(session: AsyncSession, tenant_id: UUID, upload_id: UUID) -> int:
    statement = select(func.coalesce(func.sum(upload.c.lines), 0)).where(
        upload.c.tenant_id == tenant_id, upload.c.id == upload_id
    )
    return int((await session.execute(statement)).scalar_one())


async def is_taken(session: AsyncSession, tenant_id: UUID, upload_id: UUID) -> bool:
    taken = exists().where(operation.c.tenant_id == tenant_id, operation.c.upload_id == upload_id)
    return bool((await session.execute(select(taken))).scalar_one())


async def delete_upload(session: AsyncSession, tenant_id: UUID, upload_id: UUID) -> None:
    await session.execute(delete(upload).where(upload.c.tenant_id == tenant_id, upload.c.id == upload_id))


async def delete_old(session: AsyncSession, tenant_id: UUID, now: datetime) -> None:
    """What nobody has asked to be run for a day. Called when nothing is under way."""
    await session.execute(delete(upload).where(upload.c.tenant_id == tenant_id, upload.c.created_at <= now - KEPT))
