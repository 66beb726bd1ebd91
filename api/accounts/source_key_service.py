"""Making, proving and revoking source keys."""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from api.accounts import source_key_repository as repository
from api.accounts.contracts import CreatedSourceKey, NewSourceKey, SourceKeyRecord
from api.audit.repository import insert_entry
from api.auth import source_keys
from api.auth.principal import SourcePrincipal
from api.auth.source_keys import SourceKeyRef
from api.errors import BadInputError, NotFoundError
from api.tenants.repository import find_tenant_id, get_tenant
from models.base import new_id
from models.database import Database

MAXIMUM_NAME: Final = 100
MAXIMUM_SOURCE: Final = 200
LAST_USE_PRECISION: Final = timedelta(hours=1)
"""A write for every batch would be a row that all of a source's batches wait for."""
NOBODY: Final = UUID(int=0)
"""Bound for a slug that no tenant has, so that looking for its key costs the same."""
NO_SECRET: Final = bytes(32)


class SourceKeys:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def create(self, tenant_id: UUID, new: NewSourceKey, *, actor: str) -> CreatedSourceKey:
        _check("name", new.name, MAXIMUM_NAME)
        _check("source", new.source, MAXIMUM_SOURCE)
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            issued = source_keys.issue((await get_tenant(session, tenant_id)).slug)
            record = SourceKeyRecord(
                id=new_id(),
                public=issued.ref.public,
                name=new.name.strip(),
                source=new.source.strip(),
                created_by=actor,
                created_at=now,
                revoked_at=None,
                last_used_at=None,
            )
            await repository.insert_source_key(session, tenant_id, record, issued.ref.secret_hash)
            details = {"key": record.public, "source": record.source}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="source_key.create", details=details)
        return CreatedSourceKey(record, issued.text)

    async def find_source(self, ref: SourceKeyRef) -> SourcePrincipal | None:
        """None for an unknown tenant, an unknown or revoked key and a wrong secret alike, after the same statements."""
        tenant_id = await find_tenant_id(self._database, ref.slug) or NOBODY
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            found = await repository.find_secret(session, tenant_id, ref.public)
            identity, source, secret_hash, last_used_at = found or (NOBODY, "", NO_SECRET, None)
            if not hmac.compare_digest(secret_hash, ref.secret_hash):
                return None
            if last_used_at is None or now - last_used_at >= LAST_USE_PRECISION:
                await repository.update_last_use(session, tenant_id, identity, now)
        return SourcePrincipal(tenant_id, identity, ref.public, source)

    async def revoke(self, tenant_id: UUID, key_id: UUID, *, actor: str) -> SourceKeyRecord:
        """What is under way is finished; the next request with this key is refused."""
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            found = await repository.revoke(session, tenant_id, key_id, now)
            if found is None:
                raise NotFoundError("There is no such source key.", path=("id",))
            details = {"key": found.public, "source": found.source}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="source_key.revoke", details=details)
        return found


def _check(field: str, text: str, longest: int) -> None:
    if not text.strip() or len(text) > longest or "\0" in text:
        raise BadInputError(f"{field} has 1 to {longest} characters.", path=(field,))
