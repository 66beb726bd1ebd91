"""SQL of a person's list of sessions."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import SessionRecord
from api.accounts.repository import open_session, session_table
from api.auth.principal import Principal
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

NEWEST_FIRST: Final = SortKey("created_at", session_table.c.created_at, session_table.c.id, descending=True)


async def find_own(
    session: AsyncSession, principal: Principal, session_id: UUID, now: datetime
) -> SessionRecord | None:
    """An open one of the same account."""
    statement = select(*columns_of(SessionRecord, session_table)).where(
        session_table.c.tenant_id == principal.tenant_id,
        session_table.c.account_id == principal.account_id,
        session_table.c.id == session_id,
        *open_session(now),
    )
    row = (await session.execute(statement)).first()
    return None if row is None else SessionRecord(*row)


async def list_own(snapshot: Snapshot, account_id: UUID, now: datetime, page: Page) -> Slice[SessionRecord]:
    statement = select(*columns_of(SessionRecord, session_table)).where(
        session_table.c.tenant_id == snapshot.tenant_id, session_table.c.account_id == account_id, *open_session(now)
    )
    part = cut(await snapshot.rows(page_of(statement, NEWEST_FIRST, page)), page)
    return Slice(tuple(SessionRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_own(snapshot: Snapshot, account_id: UUID, now: datetime) -> int:
    inner = (
        select(session_table.c.id)
        .where(
            session_table.c.tenant_id == snapshot.tenant_id,
            session_table.c.account_id == account_id,
            *open_session(now),
        )
        .limit(COUNT_LIMIT + 1)
        .subquery()
    )
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))
