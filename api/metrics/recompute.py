"""A tenant's additive metrics, recounted from its records: what differs is corrected, and said."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from api.audit.repository import insert_entry
from api.jobs.contracts import JobRun
from api.jobs.repository import has_summary, set_summary
from api.metrics import recompute_repository, repository
from api.metrics.buckets import Bucket
from api.metrics.contracts import Change
from api.metrics.service import bucket_amounts
from api.streams.hub import Hub
from api.tenants.repository import load_tenants
from models.database import Database

KIND: Final = "tenant.recompute_metrics"

Amounts = dict[tuple[str, Bucket, datetime], int]


def corrections(
    counted: Sequence[Change],
    pending: Sequence[Change],
    buckets: Mapping[tuple[str, Bucket, datetime], int],
    zone: ZoneInfo,
) -> Amounts:
    """What must be added to each bucket, so that it holds what was counted and is not still on its way."""
    expected = bucket_amounts(counted, zone)
    for key, amount in bucket_amounts(pending, zone).items():
        expected[key] -= amount
    differences = {key: expected.get(key, 0) - buckets.get(key, 0) for key in {*expected, *buckets}}
    return {key: difference for key, difference in differences.items() if difference}


def sentence(compared: int, amounts: Amounts) -> str:
    if not amounts:
        return f"{compared:,} buckets agree with the records."
    by_metric = Counter(metric for metric, _, _ in amounts)
    named = ", ".join(f"{metric} {count:,}" for metric, count in sorted(by_metric.items()))
    return f"{len(amounts):,} of {compared:,} buckets differed from the records and were corrected: {named}."


class Recompute:
    """Corrections are added to the buckets, as the consumers add to them, so nobody has to wait for anybody."""

    def __init__(self, database: Database, hub: Hub, now: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._now = now

    async def run(self, run: JobRun) -> None:
        tenant_id = run.tenant_id
        async with self._database.unit_of_work(tenant_id) as session:
            await run.hold(session)
            if await has_summary(session, tenant_id, run.job_id):
                return
            await recompute_repository.lock(session, tenant_id)
            compared, amounts = await self._compare(run)
            await set_summary(session, tenant_id, run.job_id, sentence(compared, amounts))
            if not amounts:
                return
            revision = await repository.raise_revision(session, tenant_id)
            await repository.add_to_buckets(session, tenant_id, amounts)
            await insert_entry(
                session,
                tenant_id,
                at=self._now(),
                actor=f"job:{run.job_id}",
                action="metrics.correct",
                details={"compared": compared, "corrected": len(amounts)},
            )
        await self._hub.announce(tenant_id, revision)

    async def _compare(self, run: JobRun) -> tuple[int, Amounts]:
        """From one snapshot: how many buckets were compared, and the corrections."""
        metrics = recompute_repository.SOURCES
        found: Amounts = {}
        compared = 0
        async with self._database.reading(run.tenant_id) as snapshot:
            [tenant] = await load_tenants(snapshot, [run.tenant_id])
            assert tenant is not None
            pending = await recompute_repository.list_pending(snapshot)
            for done, metric in enumerate(metrics):
                await run.report(done, len(metrics))
                counted = await recompute_repository.list_counted(snapshot, metric)
                buckets = await recompute_repository.list_buckets(snapshot, metric)
                mine = [change for change in pending if change.metric == metric]
                found |= await asyncio.to_thread(corrections, counted, mine, buckets, tenant.zone)
                compared += len(buckets)
        await run.report(len(metrics), len(metrics))
        return compared, found
