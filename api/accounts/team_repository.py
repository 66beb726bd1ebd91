"""SQL of a tenant's people and of the sessions they have open."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import MemberRecord, TeamSessionRecord
from api.accounts.repository import open_session
from models import SetupLink, UserAccount, UserIdentity, UserSession
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT

account = table(UserAccount)
session_table = table(UserSession)
link = table(SetupLink)
identity = table(UserIdentity)

BY_NAME: Final = SortKey("name", account.c.name, account.c.id)
NEWEST_FIRST: Final = SortKey("created_at", session_table.c.created_at, session_table.c.id, descending=True)


def _can_log_in() -> ColumnElement[bool]:
    known = exists().where(identity.c.tenant_id == account.c.tenant_id, identity.c.account_id == account.c.id)
    return or_(account.c.password_hash.is_not(None), known)


def _members(tenant_id: UUID) -> Select[Any]:
    last_login = (
        select(func.max(session_table.c.created_at))
        .where(session_table.c.tenant_id == account.c.tenant_id, session_table.c.account_id == account.c.id)
        .scalar_subquery()
    )
    return select(
        account.c.id,
        account.c.name,
        account.c.display_name,
        account.c.role,
        _can_log_in(),
        account.c.created_at,
        last_login,
    ).where(account.c.tenant_id == tenant_id)


async def list_members(snapshot: Snapshot, page: Page) -> Slice[MemberRecord]:
    part = cut(await snapshot.rows(page_of(_members(snapshot.tenant_id), BY_NAME, page)), page)
    return Slice(tuple(MemberRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_members(snapshot: Snapshot) -> int:
    inner = select(account.c.id).where(account.c.tenant_id == snapshot.tenant_id).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))


async def get_member(session: AsyncSession, tenant_id: UUID, account_id: UUID) -> MemberRecord | None:
    row = (await session.execute(_members(tenant_id).where(account.c.id == account_id))).first()
    return None if row is None else MemberRecord(*row)


async def lock_admins(session: AsyncSession, tenant_id: UUID) -> frozenset[UUID]:
    """Of those that can log in. Whoever else changes roles waits until this is over."""
    statement = (
        select(account.c.id)
        .where(account.c.tenant_id == tenant_id, account.c.role == "admin", _can_log_in())
        .order_by(account.c.id)
        .with_for_update()
    )
    return frozenset((await session.execute(statement)).scalars())


async def count_accounts(session: AsyncSession, tenant_id: UUID) -> int:
    statement = select(func.count()).select_from(account).where(account.c.tenant_id == tenant_id)
    return int((await session.execute(statement)).scalar_one())


async def update_role(session: AsyncSession, tenant_id: UUID, account_id: UUID, role: str) -> None:
    await session.execute(
        update(account).where(account.c.tenant_id == tenant_id, account.c.id == account_id).values(role=role)
    )


async def end_links(session: AsyncSession, tenant_id: UUID, account_id: UUID, now: datetime) -> None:
    """A new link takes the place of any that was not used."""
    await session.execute(
        update(link)
        .where(link.c.tenant_id == tenant_id, link.c.account_id == account_id, link.c.used_at.is_(None))
        .values(used_at=now)
    )


def _sessions(tenant_id: UUID, now: datetime) -> Select[Any]:
    joined = session_table.join(
        account, and_(account.c.tenant_id == session_table.c.tenant_id, account.c.id == session_table.c.account_id)
    )
    return (
        select(
            session_table.c.id,
            account.c.name,
            account.c.display_name,
            session_table.c.created_at,
            session_table.c.expires_at,
        )
        .select_from(joined)
        .where(
            session_table.c.tenant_id == tenant_id,
            *open_session(now),
        )
    )


async def list_sessions(snapshot: Snapshot, page: Page, now: datetime) -> Slice[TeamSessionRecord]:
    part = cut(await snapshot.rows(page_of(_sessions(snapshot.tenant_id, now), NEWEST_FIRST, page)), page)
    return Slice(tuple(TeamSessionRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_sessions(snapshot: Snapshot, now: datetime) -> int:
    inner = _sessions(snapshot.tenant_id, now).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))


async def get_session(
    session: AsyncSession, tenant_id: UUID, session_id: UUID, now: datetime
) -> TeamSessionRecord | None:
    """None for one that is over."""
    row = (await session.execute(_sessions(tenant_id, now).where(session_table.c.id == session_id))).first()
    return None if row is None else TeamSessionRecord(*row)
