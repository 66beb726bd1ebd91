"""Turns changes into bucket sums."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.metrics import repository
from api.metrics.buckets import Bucket, floor
from api.metrics.consuming import Consumer
from api.metrics.contracts import Change, MetricsChanged
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


async def add_changes(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
    tenant = await get_tenant(session, tenant_id)
    amounts = bucket_amounts(MetricsChanged.from_json(payload).changes, tenant.zone)
    await repository.add_to_buckets(session, tenant_id, amounts)


class MetricsConsumer(Consumer):
    """Adds what a batch changed to the buckets. Its effect is a sum: here the claim alone makes it happen once."""

    def __init__(self, database: Database, hub: Hub, now: Callable[[], datetime]) -> None:
        super().__init__(CONSUMER, add_changes, database, hub, now)
