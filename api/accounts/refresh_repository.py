"""SQL of refresh tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.repository import open_session
from models import RefreshToken, UserSession
from models.base import table

token = table(RefreshToken)
session_table = table(UserSession)


async def insert_token(session: AsyncSession, row: RefreshToken) -> UUID:
    session.add(row)
    await session.flush()
    return row.id


async def use_token(
    session: AsyncSession, tenant_id: UUID, token_id: UUID, secret_hash: bytes, now: datetime
) -> UUID | None:
    """Its session, where that is open and nobody has used the token: of many at once one finds it unused."""
    open_ones = select(session_table.c.id).where(session_table.c.tenant_id == tenant_id, *open_session(now))
    statement = (
        update(token)
        .where(
            token.c.tenant_id == tenant_id,
            token.c.id == token_id,
            token.c.secret_hash == secret_hash,
            token.c.used_at.is_(None),
            token.c.session_id.in_(open_ones),
        )
        .values(used_at=now)
        .returning(token.c.session_id)
    )
    found: UUID | None = (await session.execute(statement)).scalar_one_or_none()
    return found


async def find_used(session: AsyncSession, tenant_id: UUID, token_id: UUID, secret_hash: bytes) -> UUID | None:
    """The session of a token that was good once."""
    statement = select(token.c.session_id).where(
        token.c.tenant_id == tenant_id,
        token.c.id == token_id,
        token.c.secret_hash == secret_hash,
        token.c.used_at.is_not(None),
    )
    found: UUID | None = (await session.execute(statement)).scalar_one_or_none()
    return found


async def delete_expired(session: AsyncSession, tenant_id: UUID, account_id: UUID, now: datetime) -> None:
    """Of sessions that are past their end, whose tokens nobody can use in any way."""
    gone = select(session_table.c.id).where(
        session_table.c.tenant_id == tenant_id,
        session_table.c.account_id == account_id,
        session_table.c.expires_at <= now,
    )
    await session.execute(delete(token).where(token.c.tenant_id == tenant_id, token.c.session_id.in_(gone)))
