"""A person's own sessions and password, and whether the callers of open sockets are still who they were."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from api.accounts import repository, session_repository
from api.accounts.api_key_service import ApiKeys
from api.accounts.contracts import SessionRecord
from api.accounts.service import Accounts
from api.audit.repository import insert_entry
from api.auth.passwords import Passwords, check_strength
from api.auth.principal import Principal
from api.auth.tokens import SessionRef
from api.errors import BadInputError, NotFoundError
from api.limits.logins import LoginThrottle
from models.database import Database


class OwnSessions:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def revoke(self, principal: Principal, session_id: UUID) -> SessionRecord:
        """One of the same account, perhaps the very one that is asking."""
        now = self._now()
        async with self._database.unit_of_work(principal.tenant_id) as session:
            found = await session_repository.find_own(session, principal, session_id, now)
            if found is None:
                raise NotFoundError("There is no such session, or it is over.", path=("id",))
            await repository.end_session(session, SessionRef(principal.tenant_id, session_id), now)
            await insert_entry(
                session,
                principal.tenant_id,
                at=now,
                actor=principal.actor,
                action="session.revoke",
                details={"session": str(session_id)},
            )
        return found


class OwnPassword:
    def __init__(
        self, database: Database, passwords: Passwords, now: Callable[[], datetime], throttle: LoginThrottle
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._now = now
        self._throttle = throttle

    async def change(self, principal: Principal, slug: str, current: str, new: str) -> None:
        """Every other session of the account ends. Raises ThrottledError: a stolen session is no way to guess."""
        check_strength(new, path="newPassword")
        tenant_id = principal.tenant_id
        await self._throttle.count(slug, principal.name, None)
        async with self._database.unit_of_work(tenant_id) as session:
            account = await repository.find_account(session, tenant_id, principal.name)
        valid = await self._passwords.verify(current, account.password_hash if account else None)
        now = self._now()
        password_hash = await self._passwords.hash(new) if valid else ""
        async with self._database.unit_of_work(tenant_id) as session:
            if valid:
                await repository.update_password(session, tenant_id, principal.account_id, password_hash)
                await repository.end_sessions_of(
                    session, tenant_id, principal.account_id, now, but=principal.session_id
                )
            await insert_entry(
                session,
                tenant_id,
                at=now,
                actor=principal.actor,
                action="account.change_password",
                outcome="done" if valid else "denied",
            )
        if not valid:
            raise BadInputError("This is not your password.", path=("currentPassword",))
        await self._throttle.succeeded(slug, principal.name)


async def find_principals(
    accounts: Accounts, programs: ApiKeys, tenant_id: UUID, session_ids: Sequence[UUID]
) -> Mapping[UUID, Principal]:
    """By session or key: of those that are still good."""
    found = await accounts.find_principals(tenant_id, session_ids)
    others = [identity for identity in session_ids if identity not in found]
    return {**found, **await programs.find_principals(tenant_id, others)} if others else found
