"""Turns changes into bucket sums, once, and tells whoever watches."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from api.metrics import repository
from api.metrics.buckets import Bucket, floor
from api.metrics.contracts import Change, MetricsChanged
from api.streams import outbox
from api.streams.hub import Hub
from api.tenants.repository import get_tenant
from models.database import Database

CONSUMER: Final = "metrics"


def bucket_amounts(changes: Iterable[Change], zone: ZoneInfo) -> dict[tuple[str, Bucket, datetime], int]:
    """The sums of the changes in each bucket of each length that holds their minute."""
    amounts: dict[tuple[str, Bucket, datetime], int] = defaultdict(int)
    for change in changes:
        for bucket in Bucket:
            amounts[change.metric, bucket, floor(change.minute, bucket, zone)] += change.amount
    return amounts


class MetricsConsumer:
    """The effect of one outbox message: a function of its row, whichever way the row came here."""

    def __init__(self, database: Database, hub: Hub, now: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._now = now

    async def handle(self, tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> None:
        async with self._database.unit_of_work(tenant_id) as session:
            if not await outbox.claim(session, tenant_id, CONSUMER, message_id, self._now()):
                return
            revision = await repository.raise_revision(session, tenant_id)
            tenant = await get_tenant(session, tenant_id)
            amounts = bucket_amounts(MetricsChanged.from_json(payload).changes, tenant.zone)
            await repository.add_to_buckets(session, tenant_id, amounts)
        await self._hub.announce(tenant_id, revision)
