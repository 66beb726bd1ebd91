"""Logging in and out, and the one-time links by which a password is set."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts import repository
from api.accounts.contracts import AccountRecord, Login, NewAccount
from api.audit.repository import insert_entry
from api.auth.passwords import Passwords, check_strength
from api.auth.permissions import Role
from api.auth.principal import Principal
from api.auth.tokens import SessionRef
from api.errors import BadInputError
from api.limits.bucket import LocalBuckets
from api.limits.logins import LoginThrottle
from api.tenants.repository import find_tenant_id
from models import SetupLink, UserSession
from models.base import new_id
from models.database import Database

SESSION_LIFETIME: Final = timedelta(hours=12)
SEEN_PRECISION: Final = timedelta(minutes=5)
UNTHROTTLED: Final = LoginThrottle(None, LocalBuckets(time.monotonic), enabled=False)
"""For the command line and the tests, where nobody guesses."""
LINK_LIFETIME: Final = timedelta(hours=48)


class Accounts:
    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        now: Callable[[], datetime],
        throttle: LoginThrottle = UNTHROTTLED,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._now = now
        self._throttle = throttle

    async def login(self, slug: str, name: str, password: str, address: str | None = None) -> Login | None:
        """None for a wrong password, an unknown name and an unknown tenant alike, after the same work.

        Raises ThrottledError when there were too many tries.
        """
        await self._throttle.count(slug, name, address)
        found = await self._login(slug, name, password)
        if found is not None:
            await self._throttle.succeeded(slug, name)
        return found

    async def _login(self, slug: str, name: str, password: str) -> Login | None:
        # PostgreSQL's text holds no NUL, so no such tenant or name can be.
        tenant_id = None if "\0" in slug + name else await find_tenant_id(self._database, slug)
        if tenant_id is None:
            await self._passwords.verify(password, None)
            return None
        async with self._database.unit_of_work(tenant_id) as session:
            account = await repository.find_account(session, tenant_id, name)
        valid = await self._passwords.verify(password, account.password_hash if account else None)
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            if account is None or not valid:
                await insert_entry(
                    session,
                    tenant_id,
                    at=now,
                    actor="anonymous",
                    action="session.login",
                    outcome="denied",
                    details={"name": name[:100]},
                )
                return None
            principal = await begin_session(session, tenant_id, account, now)
            await insert_entry(session, tenant_id, at=now, actor=principal.actor, action="session.login")
        return Login(principal)

    async def find_users(self, tenant_id: UUID, session_ids: Sequence[UUID]) -> Mapping[UUID, Principal]:
        """By session: of those that are still open. They are used now, which is noted now and then, so that they do not
        end as those that are not."""
        now = self._now()
        async with self._database.reading(tenant_id) as snapshot:
            found = await repository.list_principals(snapshot, session_ids, now)
        unnoted = [session_id for session_id, used in found.items() if now - used.seen_at >= SEEN_PRECISION]
        if unnoted:
            async with self._database.unit_of_work(tenant_id) as session:
                await repository.update_seen(session, tenant_id, unnoted, now)
        return {session_id: used.principal for session_id, used in found.items()}

    async def find_principals(self, tenant_id: UUID, session_ids: Sequence[UUID]) -> Mapping[UUID, Principal]:
        """By session: of those that are still open. Looking is no use of them."""
        async with self._database.reading(tenant_id) as snapshot:
            found = await repository.list_principals(snapshot, session_ids, self._now())
        return {session_id: used.principal for session_id, used in found.items()}

    async def logout(self, principal: Principal) -> None:
        now = self._now()
        async with self._database.unit_of_work(principal.tenant_id) as session:
            await repository.end_session(session, SessionRef(principal.tenant_id, principal.session_id), now)
            await insert_entry(session, principal.tenant_id, at=now, actor=principal.actor, action="session.logout")

    async def set_password(self, token: str, password: str) -> UUID:
        """Uses a setup link up; returns its tenant. Every open session of the account ends."""
        check_strength(password)
        tenant_id, link_id, secret = _parse(token)
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            if not await repository.has_link(session, tenant_id, link_id, _digest(secret), now):
                raise _invalid_link()
        password_hash = await self._passwords.hash(password)
        async with self._database.unit_of_work(tenant_id) as session:
            account_id = await repository.use_link(session, tenant_id, link_id, _digest(secret), now)
            if account_id is None:
                raise _invalid_link()
            await repository.update_password(session, tenant_id, account_id, password_hash)
            await repository.end_sessions_of(session, tenant_id, account_id, now)
            await insert_entry(
                session,
                tenant_id,
                at=now,
                actor=f"setup-link:{link_id}",
                action="account.set_password",
                details={"account": str(account_id)},
            )
        return tenant_id


async def begin_session(session: AsyncSession, tenant_id: UUID, account: AccountRecord, now: datetime) -> Principal:
    """Of whoever has proven to be the account."""
    principal = Principal(
        tenant_id=tenant_id,
        account_id=account.id,
        session_id=new_id(),
        name=account.name,
        display_name=account.display_name,
        role=Role(account.role),
        expires_at=now + SESSION_LIFETIME,
    )
    row = UserSession(
        tenant_id=tenant_id,
        id=principal.session_id,
        account_id=account.id,
        created_at=now,
        expires_at=principal.expires_at,
        last_seen_at=now,
    )
    await repository.insert_session(session, row)
    return principal


async def create_account_with_link(session: AsyncSession, tenant_id: UUID, new: NewAccount, now: datetime) -> str:
    """An account that nobody can use before its link is; returns the link's token."""
    account_id = await repository.insert_account(session, tenant_id, new, now)
    return await create_link(session, tenant_id, account_id, now)


async def create_link(session: AsyncSession, tenant_id: UUID, account_id: UUID, now: datetime) -> str:
    """The token of a one-time link by which the account's password is set."""
    secret = token_urlsafe(32)
    link_id = await repository.insert_link(
        session,
        SetupLink(
            tenant_id=tenant_id, account_id=account_id, secret_hash=_digest(secret), expires_at=now + LINK_LIFETIME
        ),
    )
    return f"{tenant_id.hex}.{link_id.hex}.{secret}"


def _parse(token: str) -> tuple[UUID, UUID, str]:
    parts = token.split(".")
    try:
        tenant, link, secret = parts
        return UUID(hex=tenant), UUID(hex=link), secret
    except ValueError as error:
        raise _invalid_link() from error


def _invalid_link() -> BadInputError:
    return BadInputError(
        "This link is not valid any more.", hint="Ask your administrator for a new one.", path=("token",)
    )


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
