"""The people of a tenant: inviting them, their roles, new links, and ending sessions."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts import repository, team_repository
from api.accounts.contracts import InvitedMember, MemberRecord, NewAccount, TeamSessionRecord
from api.accounts.service import create_account_with_link, create_link
from api.audit.repository import insert_entry
from api.auth.permissions import Role
from api.auth.tokens import SessionRef
from api.errors import BadInputError, ConflictError, NotFoundError
from api.tenants.limits_repository import get_limits
from models.database import Database

MAXIMUM_NAME: Final = 100


class Team:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def invite(self, tenant_id: UUID, new: NewAccount, *, actor: str) -> InvitedMember:
        """Nobody can log in as the new account before the link has set a password."""
        for field, text in (("name", new.name), ("displayName", new.display_name)):
            if not text.strip() or len(text) > MAXIMUM_NAME or not text.isprintable():
                raise BadInputError(f"{field} has 1 to {MAXIMUM_NAME} characters.", path=(field,))
        if new.name != new.name.strip():
            raise BadInputError("A user name begins and ends with no space.", path=("name",))
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            if await repository.find_account(session, tenant_id, new.name) is not None:
                raise ConflictError(f"There is a user {new.name} already.", path=("name",))
            await check_room(session, tenant_id)
            token = await create_account_with_link(session, tenant_id, new, now)
            account = await repository.find_account(session, tenant_id, new.name)
            assert account is not None
            details = {"account": str(account.id), "role": new.role.value}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="account.invite", details=details)
            return InvitedMember(await _member(session, tenant_id, account.id), token)

    async def reset(self, tenant_id: UUID, account_id: UUID, *, actor: str) -> InvitedMember:
        """A new one-time link; those before it are void. The password works until the link is used."""
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            member = await _member(session, tenant_id, account_id)
            await team_repository.end_links(session, tenant_id, account_id, now)
            token = await create_link(session, tenant_id, account_id, now)
            details = {"account": str(account_id)}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="account.reset", details=details)
        return InvitedMember(member, token)

    async def set_role(self, tenant_id: UUID, account_id: UUID, role: Role, *, actor: str) -> MemberRecord:
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            admins = await team_repository.lock_admins(session, tenant_id)
            before = await _member(session, tenant_id, account_id)
            if role is not Role.ADMIN and admins == {account_id}:
                raise ConflictError("This is the only admin: make somebody else one first.", path=("role",))
            await team_repository.update_role(session, tenant_id, account_id, role.value)
            details = {"account": str(account_id), "from": before.role, "to": role.value}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="account.set_role", details=details)
            return await _member(session, tenant_id, account_id)

    async def end_session(self, tenant_id: UUID, session_id: UUID, *, actor: str) -> TeamSessionRecord:
        """Its tokens and sockets end with it."""
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            found = await team_repository.get_session(session, tenant_id, session_id, now)
            if found is None:
                raise NotFoundError("There is no such open session.", path=("id",))
            await repository.end_session(session, SessionRef(tenant_id, session_id), now)
            details = {"session": str(session_id)}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="session.end", details=details)
        return found


async def _member(session: AsyncSession, tenant_id: UUID, account_id: UUID) -> MemberRecord:
    found = await team_repository.get_member(session, tenant_id, account_id)
    if found is None:
        raise NotFoundError("There is no such user.", path=("id",))
    return found


async def check_room(session: AsyncSession, tenant_id: UUID) -> None:
    """Nobody is added meanwhile: the admins are locked until the transaction ends."""
    limits = await get_limits(session, tenant_id)
    if limits.members is None:
        return
    await team_repository.lock_admins(session, tenant_id)
    if await team_repository.count_accounts(session, tenant_id) >= limits.members:
        raise ConflictError(f"This tenant allows itself {limits.members:,} users.", path=("name",))
