"""Setting what a tenant allows itself: tighter than the installation, never wider."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from api.audit.repository import insert_entry
from api.errors import BadInputError
from api.limits.own import Own
from api.tenants import limits_repository as repository
from api.tenants.contracts import TenantLimits
from models.database import Database

RANGES: Final = {
    "points_per_second": ("pointsPerSecond", 100, 20_000),
    "members": ("members", 1, 100_000),
    "sockets": ("sockets", 1, 200),
    "event_days": ("eventDays", 30, 36_500),
}
"""(as clients call it, least, most)"""


class LimitSettings:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def set(self, tenant_id: UUID, given: TenantLimits, *, actor: str) -> TenantLimits:
        """What is None is the installation's from now on."""
        for field, (name, least, most) in RANGES.items():
            value = getattr(given, field)
            if value is not None and not least <= value <= most:
                raise BadInputError(f"{name} is {least:,} to {most:,}, or null.", path=(name,))
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            before = await repository.get_limits(session, tenant_id)
            await repository.upsert_limits(session, tenant_id, given, now)
            after = replace(given, events_kept_from=before.events_kept_from)
            changed = [
                RANGES[field][0]
                for field, value in asdict(given).items()
                if field in RANGES and value != getattr(before, field)
            ]
            await insert_entry(
                session, tenant_id, at=now, actor=actor, action="tenant.limits", details={"changed": changed}
            )
        return after


async def find_own(database: Database, tenant_id: UUID) -> Own:
    """For whoever limits it."""
    async with database.reading(tenant_id) as snapshot:
        limits = await repository.find_limits(snapshot)
    return Own(limits.points_per_second, limits.sockets)
