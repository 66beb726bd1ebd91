"""Customers with news are scored again at once, by every model that speaks."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from api.predictions import repository, version_repository
from api.predictions.contracts import ModelKind
from api.predictions.history import History, load_history, local_day
from api.predictions.history_repository import Known
from api.predictions.scoring import score
from api.tenants.contracts import TenantRecord
from api.tenants.repository import get_tenant
from models.database import AnyRow, Database, Snapshot

BATCH: Final = 100
"""Of one tenant before it is the next one's turn."""


class Rescoring:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def rescore(self, tenant_id: UUID) -> int:
        """One batch of those who wait; how many they were. They are taken off the list with their new scores."""
        async with self._database.unit_of_work(tenant_id) as session:
            customers = await repository.take_stale(session, tenant_id, BATCH)
            if not customers:
                return 0
            tenant = await get_tenant(session, tenant_id)
            as_of = tenant.now(self._now())
            # Read after the list was locked: whoever gets news from here on waits for this commit, and comes again.
            async with self._database.reading(tenant_id) as snapshot:
                models = await version_repository.list_current_models(snapshot)
                histories = await _histories(snapshot, models, tenant, as_of, customers)
            until = local_day(as_of, tenant.zone)
            for model in models:
                history = histories[_source(model)]
                scored = await asyncio.to_thread(
                    score, model.parameters, history, until, model.horizon_days, model.seed
                )
                await repository.upsert_predictions(
                    session, tenant_id, model.id, model.kind, model.horizon_days, as_of, scored
                )
                silent = set(customers) - {one.customer_id for one in scored}
                await repository.delete_of_customers(session, tenant_id, model.kind, model.horizon_days, sorted(silent))
        return len(customers)


Source = tuple[str, str, datetime | None]
"""Kind, method, and what counts as known: models that have these in common share a history."""


def _source(model: AnyRow) -> Source:
    return model.kind, model.parameters["method"], model.complete_until


async def _histories(
    snapshot: Snapshot, models: Sequence[AnyRow], tenant: TenantRecord, as_of: datetime, customers: Sequence[UUID]
) -> dict[Source, History]:
    found: dict[Source, History] = {}
    for model in models:
        source = _source(model)
        if source not in found:
            known = Known(as_of, model.complete_until, tenant.time_zone, customers)
            found[source] = await load_history(snapshot, ModelKind(model.kind), known, source[1])
    return found
