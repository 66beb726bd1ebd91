"""SQL of accounts, sessions and setup links."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, cast, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import AccountRecord, NewAccount, UsedSession
from api.auth.permissions import Role
from api.auth.principal import Principal
from api.auth.tokens import SessionRef
from models import SetupLink, UserAccount, UserSession
from models.base import table
from models.database import Snapshot
from models.relations import columns_of

account = table(UserAccount)
session_table = table(UserSession)
link = table(SetupLink)

IDLE: Final = timedelta(hours=2)
"""A session that was not used for so long is over."""
_seen = func.coalesce(session_table.c.last_seen_at, session_table.c.created_at)


async def insert_account(session: AsyncSession, tenant_id: UUID, new: NewAccount, now: datetime) -> UUID:
    row = UserAccount(
        tenant_id=tenant_id,
        name=new.name,
        display_name=new.display_name,
        role=new.role.value,
        password_hash=new.password_hash,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return row.id


async def find_account(session: AsyncSession, tenant_id: UUID, name: str) -> AccountRecord | None:
    statement = select(*columns_of(AccountRecord, account)).where(
        account.c.tenant_id == tenant_id, account.c.name == name
    )
    row = (await session.execute(statement)).first()
    return None if row is None else AccountRecord(*row)


async def update_password(session: AsyncSession, tenant_id: UUID, account_id: UUID, password_hash: str) -> None:
    await session.execute(
        update(account)
        .where(account.c.tenant_id == tenant_id, account.c.id == account_id)
        .values(password_hash=password_hash)
    )


async def insert_session(session: AsyncSession, row: UserSession) -> None:
    session.add(row)
    await session.flush()


def open_session(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """It has neither ended nor expired, and was used not so long ago."""
    return session_table.c.ended_at.is_(None), session_table.c.expires_at > now, _seen > now - IDLE


def _principals(tenant_id: UUID, now: datetime) -> Select[Any]:
    """The accounts behind those sessions that are open."""
    return (
        select(
            session_table.c.id,
            account.c.id,
            account.c.name,
            account.c.display_name,
            account.c.role,
            session_table.c.expires_at,
            _seen,
        )
        .select_from(
            session_table.join(
                account,
                (account.c.tenant_id == session_table.c.tenant_id) & (account.c.id == session_table.c.account_id),
            )
        )
        .where(session_table.c.tenant_id == tenant_id, *open_session(now))
    )


async def list_principals(snapshot: Snapshot, session_ids: Sequence[UUID], now: datetime) -> dict[UUID, UsedSession]:
    """By session: the accounts behind those that are open."""
    tenant_id = snapshot.tenant_id
    rows = await snapshot.rows(_principals(tenant_id, now).where(session_table.c.id == _any(session_ids)))
    return {
        session_id: UsedSession(
            Principal(tenant_id, identity, session_id, name, display_name, Role(role), expires_at), seen_at
        )
        for session_id, identity, name, display_name, role, expires_at, seen_at in rows
    }


async def get_principal(session: AsyncSession, tenant_id: UUID, session_id: UUID, now: datetime) -> Principal:
    """Of a session that is known to be open."""
    row = (await session.execute(_principals(tenant_id, now).where(session_table.c.id == session_id))).one()
    _, identity, name, display_name, role, expires_at, _ = row
    return Principal(tenant_id, identity, session_id, name, display_name, Role(role), expires_at)


async def update_seen(session: AsyncSession, tenant_id: UUID, session_ids: Sequence[UUID], now: datetime) -> None:
    await session.execute(
        update(session_table)
        .where(session_table.c.tenant_id == tenant_id, session_table.c.id == _any(session_ids))
        .values(last_seen_at=now)
    )


def _any(ids: Sequence[UUID]) -> ColumnElement[UUID]:
    """One statement text for any number of them."""
    return func.any(cast(list(ids), ARRAY(Uuid)))


async def end_session(session: AsyncSession, ref: SessionRef, now: datetime) -> None:
    await session.execute(
        update(session_table)
        .where(
            session_table.c.tenant_id == ref.tenant_id,
            session_table.c.id == ref.session_id,
            session_table.c.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


async def end_sessions_of(
    session: AsyncSession, tenant_id: UUID, account_id: UUID, now: datetime, *, but: UUID | None = None
) -> None:
    """`but` is the session that stays."""
    kept = () if but is None else (session_table.c.id != but,)
    await session.execute(
        update(session_table)
        .where(
            session_table.c.tenant_id == tenant_id,
            session_table.c.account_id == account_id,
            session_table.c.ended_at.is_(None),
            *kept,
        )
        .values(ended_at=now)
    )


async def insert_link(session: AsyncSession, row: SetupLink) -> UUID:
    session.add(row)
    await session.flush()
    return row.id


async def has_link(session: AsyncSession, tenant_id: UUID, link_id: UUID, secret_hash: bytes, now: datetime) -> bool:
    statement = select(link.c.id).where(*_valid_link(tenant_id, link_id, secret_hash, now))
    return (await session.execute(statement)).first() is not None


def _valid_link(tenant_id: UUID, link_id: UUID, secret_hash: bytes, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        link.c.tenant_id == tenant_id,
        link.c.id == link_id,
        link.c.secret_hash == secret_hash,
        link.c.used_at.is_(None),
        link.c.expires_at > now,
    )


async def use_link(
    session: AsyncSession, tenant_id: UUID, link_id: UUID, secret_hash: bytes, now: datetime
) -> UUID | None:
    """The account a valid link belongs to; the link is used up."""
    statement = (
        update(link)
        .where(*_valid_link(tenant_id, link_id, secret_hash, now))
        .values(used_at=now)
        .returning(link.c.account_id)
    )
    found: UUID | None = (await session.execute(statement)).scalar_one_or_none()
    return found
