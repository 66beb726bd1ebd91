"""Trying an endpoint, and sending again what was given up."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from api.audit.repository import insert_entry
from api.errors import BadInputError
from api.webhooks import delivery_repository, repository
from api.webhooks.contracts import DeliveryRecord, DeliveryState, Replayed
from api.webhooks.events import WebhookEvent
from api.webhooks.fanout import ask_for_sending
from api.webhooks.service import no_such_endpoint
from models.database import Database

MAXIMUM_IDS: Final = 100


class Deliveries:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def send_test(
        self, tenant_id: UUID, endpoint_id: UUID, event: WebhookEvent, subject: str, *, actor: str
    ) -> DeliveryRecord:
        """A delivery like any other, whose message says that it is a test."""
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            if await repository.lock_endpoint(session, tenant_id, endpoint_id) is None:
                raise no_such_endpoint()
            record = await delivery_repository.insert_test(session, tenant_id, endpoint_id, event.value, subject, now)
            await ask_for_sending(session, tenant_id, endpoint_id, now)
            details = {"endpoint": str(endpoint_id), "event": event.value, "sent": True}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="webhook.test", details=details)
        return record

    async def note_dry_run(self, tenant_id: UUID, endpoint_id: UUID, event: WebhookEvent, *, actor: str) -> None:
        async with self._database.unit_of_work(tenant_id) as session:
            details = {"endpoint": str(endpoint_id), "event": event.value, "sent": False}
            await insert_entry(session, tenant_id, at=self._now(), actor=actor, action="webhook.test", details=details)

    async def replay(self, tenant_id: UUID, ids: Sequence[UUID], *, actor: str) -> Replayed:
        """Under the same message id, with all tries before it again."""
        if not 1 <= len(ids) <= MAXIMUM_IDS:
            raise BadInputError(f"Give 1 to {MAXIMUM_IDS} ids, not {len(ids)}.", path=("ids",))
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            found = {record.id: record for record in await delivery_repository.take(session, tenant_id, ids)}
            settled = [record for record in found.values() if record.state != DeliveryState.WAITING.value]
            replayed = tuple(record.id for record in settled)
            if replayed:
                await delivery_repository.put_back(session, tenant_id, replayed, now)
            for endpoint_id in sorted({record.endpoint_id for record in settled}):
                await ask_for_sending(session, tenant_id, endpoint_id, now)
            details = {"replayed": len(replayed)}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="webhook.replay", details=details)
        missing = tuple(key for key in dict.fromkeys(ids) if key not in found)
        waiting = tuple(key for key in found if key not in replayed)
        return Replayed(replayed, missing, waiting)
