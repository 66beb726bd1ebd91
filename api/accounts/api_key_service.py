"""Making, proving and revoking API keys."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from api.accounts import api_key_repository as repository
from api.accounts.contracts import ApiKeyRecord, CreatedApiKey, NewApiKey
from api.audit.repository import insert_entry
from api.auth import api_keys
from api.auth.api_keys import ApiKeyRef
from api.auth.permissions import ROLE_PERMISSIONS, Permission, Role
from api.auth.principal import Principal
from api.errors import BadInputError, ForbiddenError, NotFoundError
from api.tenants.repository import find_tenant_id, get_tenant
from models.base import new_id
from models.database import Database

MAXIMUM_NAME: Final = 100
LONGEST_LIFETIME: Final = timedelta(days=365)
LAST_USE_PRECISION: Final = timedelta(hours=1)
NOBODY: Final = UUID(int=0)
"""Bound for a slug that no tenant has, so that looking for its key costs the same."""
NO_SECRET: Final = bytes(32)


class ApiKeys:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def create(self, new: NewApiKey, maker: Principal) -> CreatedApiKey:
        """Nobody makes a key that may do more than they may themselves."""
        scopes = _scopes(new)
        now, tenant_id = self._now(), maker.tenant_id
        if beyond := sorted(scopes - maker.permissions):
            await self._deny(maker, beyond[0], now)
            raise ForbiddenError(beyond[0])
        async with self._database.unit_of_work(tenant_id) as session:
            issued = api_keys.issue((await get_tenant(session, tenant_id)).slug)
            record = ApiKeyRecord(
                id=new_id(),
                public=issued.ref.public,
                name=new.name.strip(),
                role=new.role.value,
                scopes=sorted(scope.value for scope in scopes),
                created_by=maker.actor,
                created_at=now,
                expires_at=now + new.lifetime,
                revoked_at=None,
                last_used_at=None,
            )
            await repository.insert_api_key(session, tenant_id, record, issued.ref.secret_hash)
            details = {"key": record.public, "role": record.role, "scopes": record.scopes}
            await insert_entry(session, tenant_id, at=now, actor=maker.actor, action="api_key.create", details=details)
        return CreatedApiKey(record, issued.text)

    async def _deny(self, maker: Principal, permission: str, now: datetime) -> None:
        async with self._database.unit_of_work(maker.tenant_id) as session:
            await insert_entry(
                session,
                maker.tenant_id,
                at=now,
                actor=maker.actor,
                action="api_key.create",
                outcome="denied",
                details={"reason": f"This needs the permission {permission}."},
            )

    async def find_principal(self, ref: ApiKeyRef) -> Principal | None:
        """None for an unknown tenant, an unknown, expired or revoked key and a wrong secret alike, after the same
        statements."""
        tenant_id = await find_tenant_id(self._database, ref.slug) or NOBODY
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            found = await repository.find_secret(session, tenant_id, ref.public, now)
            secret_hash = NO_SECRET if found is None else found[1]
            if not hmac.compare_digest(secret_hash, ref.secret_hash) or found is None:
                return None
            record = found[0]
            if record.last_used_at is None or now - record.last_used_at >= LAST_USE_PRECISION:
                await repository.update_last_use(session, tenant_id, record.id, now)
        return _principal(tenant_id, record)

    async def find_principals(self, tenant_id: UUID, key_ids: Sequence[UUID]) -> Mapping[UUID, Principal]:
        """By key: of those that are still good."""
        async with self._database.reading(tenant_id) as snapshot:
            found = await repository.list_good(snapshot, key_ids, self._now())
        return {record.id: _principal(tenant_id, record) for record in found}

    async def revoke(self, tenant_id: UUID, key_id: UUID, *, actor: str) -> ApiKeyRecord:
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            found = await repository.revoke(session, tenant_id, key_id, now)
            if found is None:
                raise NotFoundError("There is no such API key.", path=("id",))
            details = {"key": found.public}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="api_key.revoke", details=details)
        return found


def _scopes(new: NewApiKey) -> frozenset[Permission]:
    if not new.name.strip() or len(new.name) > MAXIMUM_NAME or "\0" in new.name:
        raise BadInputError(f"name has 1 to {MAXIMUM_NAME} characters.", path=("name",))
    if not timedelta(0) < new.lifetime <= LONGEST_LIFETIME:
        raise BadInputError(f"A key is good for 1 to {LONGEST_LIFETIME.days} days.", path=("expiresInDays",))
    granted = ROLE_PERMISSIONS[new.role]
    if new.scopes is None:
        return granted
    if not new.scopes:
        raise BadInputError("A key without any scope could do nothing.", path=("scopes",))
    if beyond := sorted(new.scopes - granted):
        raise BadInputError(f"The role {new.role.value} does not grant {beyond[0]}.", path=("scopes",))
    return new.scopes


def _principal(tenant_id: UUID, record: ApiKeyRecord) -> Principal:
    """What a later version of the product takes from a role, it takes from the role's keys."""
    role = Role(record.role)
    return Principal(
        tenant_id=tenant_id,
        account_id=record.id,
        session_id=record.id,
        name=record.public,
        display_name=record.name,
        role=role,
        expires_at=record.expires_at,
        granted=frozenset(scope for scope in ROLE_PERMISSIONS[role] if scope.value in record.scopes),
    )
