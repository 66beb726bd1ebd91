"""Entering what a customer said, by somebody of the tenant."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from api.audit.repository import insert_entry
from api.audit.subjects import sealed
from api.events.consent import Purpose
from api.events.consent_repository import apply_profiling, upsert_consent
from api.events.ingest_repository import lock_ingest
from api.privacy.person_repository import find_external_id
from api.privacy.service import no_such_customer
from api.tenants.repository import get_tenant
from models.database import Database


class Consents:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def set(self, tenant_id: UUID, customer_id: UUID, purpose: Purpose, *, granted: bool, actor: str) -> None:
        """Said now, by the tenant's clock: what was said before does not take its place."""
        now = self._now()
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            await lock_ingest(session, tenant_id)
            external_id = await find_external_id(session, tenant_id, customer_id)
            if external_id is None:
                raise no_such_customer()
            said_at = (await get_tenant(session, tenant_id)).now(now)
            await upsert_consent(session, tenant_id, [(customer_id, purpose.value, granted, said_at, actor)])
            await apply_profiling(session, tenant_id, [customer_id], now)
            about = await sealed(session, tenant_id, customer_id, external_id)
            details = {"purpose": purpose.value, "granted": granted, **about}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="customer.consent", details=details)
