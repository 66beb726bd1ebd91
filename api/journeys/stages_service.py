"""Setting a tenant's stages and rules: past events are then walked again by a job."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from api.audit.repository import insert_entry
from api.jobs.queue import enqueue
from api.journeys import repository
from api.journeys.contracts import Rule, Stage
from api.journeys.definition import check
from api.journeys.rebuild import KIND
from api.metrics.repository import raise_revision
from api.streams.hub import Hub
from models.database import Database


class Journeys:
    def __init__(self, database: Database, hub: Hub, now: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._now = now

    async def set(self, tenant_id: UUID, stages: Sequence[Stage], rules: Sequence[Rule], *, actor: str) -> UUID:
        """The id of the job that walks all customers' events by the new rules. Until it has ended the journey is made
        of those that it has come to: spells by the old rules go in this transaction, since they cannot stand beside."""
        check(stages, rules)
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            # First, for its lock: no consumer may be adding spells by the old rules meanwhile.
            revision = await raise_revision(session, tenant_id)
            await repository.delete_journey(session, tenant_id)
            await repository.insert_journey(session, tenant_id, stages, rules)
            job_id = await enqueue(session, tenant_id, KIND, tenant_id, actor=actor, now=now)
            details = {"stages": [stage.key for stage in stages], "rules": len(rules), "job": str(job_id)}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="journey.stages_update", details=details)
        await self._hub.announce(tenant_id, revision)
        return job_id
