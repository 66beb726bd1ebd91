"""Changing a tenant's name, and its time zone and currency as long as nothing was counted in them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.errors import BadInputError, ConflictError
from api.tenants import repository
from api.tenants.contracts import NewTenant, TenantRecord
from api.tenants.service import MAXIMUM_NAME, check
from models.database import Database


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What is None stays as it is."""

    name: str | None = None
    time_zone: str | None = None
    currency: str | None = None


class Profiles:
    """`lock_ingest` keeps batches waiting until the transaction ends: none may be counted by the old days meanwhile."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        lock_ingest: Callable[[AsyncSession, UUID], Awaitable[None]],
    ) -> None:
        self._database = database
        self._now = now
        self._lock_ingest = lock_ingest

    async def change(self, tenant_id: UUID, change: ProfileChange, *, actor: str) -> TenantRecord:
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            await self._lock_ingest(session, tenant_id)
            before = await repository.get_tenant(session, tenant_id)
            name = before.name if change.name is None else change.name.strip()
            if not name or len(name) > MAXIMUM_NAME or not name.isprintable():
                raise BadInputError(f"name has 1 to {MAXIMUM_NAME} characters.", path=("name",))
            after = NewTenant(
                before.slug, name, change.time_zone or before.time_zone, change.currency or before.currency
            )
            check(after)
            moved = [
                (field, old)
                for field, old, new in (
                    ("timeZone", before.time_zone, after.time_zone),
                    ("currency", before.currency, after.currency),
                )
                if old != new
            ]
            if moved and await repository.has_events(session, tenant_id):
                field, old = moved[0]
                what = "Days are" if field == "timeZone" else "Amounts are"
                raise ConflictError(f"{what} counted in {old} since the first event came in.", path=(field,))
            await repository.update_profile(session, tenant_id, after)
            changed = [field for field, _ in moved] + (["name"] if name != before.name else [])
            await insert_entry(
                session, tenant_id, at=now, actor=actor, action="tenant.update", details={"changed": changed}
            )
            return await repository.get_tenant(session, tenant_id)
