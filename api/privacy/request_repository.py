"""SQL of the requests about people's data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.privacy.contracts import ASKED, RequestRecord
from models import Job, PrivacyRequest
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

request = table(PrivacyRequest)
job = table(Job)

NEWEST_FIRST: Final = SortKey("created_at", request.c.created_at, request.c.id, descending=True)
COLUMNS: Final = columns_of(RequestRecord, request)


async def insert_request(session: AsyncSession, tenant_id: UUID, **values: Any) -> None:
    await session.execute(insert(request).values(tenant_id=tenant_id, state=ASKED, receipt=[], **values))


async def find_live(session: AsyncSession, tenant_id: UUID, kind: str, customer_id: UUID) -> UUID | None:
    """A request of this kind about this customer whose job goes on."""
    statement = (
        select(request.c.id)
        .join(job, (job.c.tenant_id == request.c.tenant_id) & (job.c.id == request.c.job_id))
        .where(
            request.c.tenant_id == tenant_id,
            request.c.kind == kind,
            request.c.customer_id == customer_id,
            job.c.state.in_(("queued", "running")),
        )
    )
    found: UUID | None = (await session.execute(statement.limit(1))).scalar_one_or_none()
    return found


async def get_request(session: AsyncSession, tenant_id: UUID, request_id: UUID) -> RequestRecord | None:
    statement = select(*COLUMNS).where(request.c.tenant_id == tenant_id, request.c.id == request_id)
    row = (await session.execute(statement.with_for_update())).first()
    return None if row is None else RequestRecord(*row)


async def update_request(session: AsyncSession, tenant_id: UUID, request_id: UUID, **values: Any) -> None:
    await session.execute(
        update(request).where(request.c.tenant_id == tenant_id, request.c.id == request_id).values(**values)
    )


async def get_file(session: AsyncSession, tenant_id: UUID, request_id: UUID, now: datetime) -> bytes | None:
    statement = select(request.c.file).where(
        request.c.tenant_id == tenant_id, request.c.id == request_id, request.c.file_until > now
    )
    found: bytes | None = (await session.execute(statement)).scalar_one_or_none()
    return found


async def forget_files(session: AsyncSession, tenant_id: UUID, now: datetime) -> int:
    """Those that nobody can fetch any more."""
    found: Any = await session.execute(
        update(request)
        .where(request.c.tenant_id == tenant_id, request.c.file.is_not(None), request.c.file_until <= now)
        .values(file=None)
    )
    return int(found.rowcount)


async def list_requests(snapshot: Snapshot, page: Page) -> Slice[RequestRecord]:
    statement = select(*COLUMNS).where(request.c.tenant_id == snapshot.tenant_id)
    part = cut(await snapshot.rows(page_of(statement, NEWEST_FIRST, page)), page)
    return Slice(tuple(RequestRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_requests(snapshot: Snapshot) -> int:
    inner = select(request.c.id).where(request.c.tenant_id == snapshot.tenant_id).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))


async def load_requests(snapshot: Snapshot, ids: Sequence[UUID]) -> list[RequestRecord | None]:
    rows = await snapshot.rows(select(*COLUMNS).where(request.c.tenant_id == snapshot.tenant_id, request.c.id.in_(ids)))
    found = {row.id: RequestRecord(*row) for row in rows}
    return [found.get(key) for key in ids]
