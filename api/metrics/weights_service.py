"""How a tenant weighs the parts of its engagement score."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from api.audit.repository import insert_entry
from api.metrics import repository
from api.metrics.engagement import check_weights
from api.streams.hub import Hub
from models.database import Database


class EngagementWeights:
    def __init__(self, database: Database, hub: Hub, now: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._now = now

    async def set(self, tenant_id: UUID, weights: Mapping[str, float], *, actor: str) -> None:
        """Those that are left out count 1 again."""
        check_weights(weights)
        async with self._database.unit_of_work(tenant_id) as session:
            revision = await repository.raise_revision(session, tenant_id)
            await repository.replace_weights(session, tenant_id, weights)
            await insert_entry(
                session,
                tenant_id,
                at=self._now(),
                actor=actor,
                action="metrics.engagement_weights.set",
                details=dict(weights),
            )
        await self._hub.announce(tenant_id, revision)
