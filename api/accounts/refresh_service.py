"""Refresh tokens: each is good once. One that comes a second time was stolen, by whoever used it first or now, and its
session ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts import refresh_repository, repository
from api.audit.repository import insert_entry
from api.auth.principal import Principal
from api.auth.tokens import SessionRef
from api.limits.logins import LoginThrottle
from api.tenants.repository import has_tenant
from models import RefreshToken
from models.database import Database

PREFIX: Final = "cip_refresh_"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """`token` is the next one, which is shown once."""

    principal: Principal
    token: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The session of this tenant that a token ended by coming again."""

    tenant_id: UUID


class RefreshTokens:
    def __init__(self, database: Database, now: Callable[[], datetime], throttle: LoginThrottle) -> None:
        self._database = database
        self._now = now
        self._throttle = throttle

    async def issue(self, principal: Principal) -> str:
        """The first of a session."""
        now = self._now()
        async with self._database.unit_of_work(principal.tenant_id) as session:
            await refresh_repository.delete_expired(session, principal.tenant_id, principal.account_id, now)
            return await _make(session, principal.tenant_id, principal.session_id, now)

    async def use(self, text: str, address: str | None) -> Refreshed | Ended | None:
        """None for what is no token of an open session. Raises ThrottledError."""
        await self._throttle.count_address(address)
        parsed = _parse(text)
        if parsed is None or not await has_tenant(self._database, parsed[0]):
            return None
        tenant_id, token_id, digest = parsed
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            session_id = await refresh_repository.use_token(session, tenant_id, token_id, digest, now)
            if session_id is None:
                return await _refuse(session, tenant_id, token_id, digest, now)
            await repository.update_seen(session, tenant_id, [session_id], now)
            principal = await repository.get_principal(session, tenant_id, session_id, now)
            following = await _make(session, tenant_id, session_id, now)
            await insert_entry(session, tenant_id, at=now, actor=principal.actor, action="session.refresh")
        return Refreshed(principal, following)


async def _refuse(session: AsyncSession, tenant_id: UUID, token_id: UUID, digest: bytes, now: datetime) -> Ended | None:
    """Whoever has the secret of a used one ends its session; whoever guesses ends nothing."""
    family = await refresh_repository.find_used(session, tenant_id, token_id, digest)
    if family is not None:
        await repository.end_session(session, SessionRef(tenant_id, family), now)
    details = {"reused": family is not None} | ({} if family is None else {"session": str(family)})
    await insert_entry(
        session,
        tenant_id,
        at=now,
        actor="anonymous",
        action="session.refresh",
        outcome="denied",
        details=details,
    )
    return None if family is None else Ended(tenant_id)


async def _make(session: AsyncSession, tenant_id: UUID, session_id: UUID, now: datetime) -> str:
    secret = token_urlsafe(32)
    row = RefreshToken(tenant_id=tenant_id, session_id=session_id, secret_hash=_digest(secret), created_at=now)
    token_id = await refresh_repository.insert_token(session, row)
    return f"{PREFIX}{tenant_id.hex}.{token_id.hex}.{secret}"


def _parse(text: str) -> tuple[UUID, UUID, bytes] | None:
    try:
        tenant, token_id, secret = text.removeprefix(PREFIX).split(".")
        return UUID(hex=tenant), UUID(hex=token_id), _digest(secret)
    except ValueError:
        return None


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
