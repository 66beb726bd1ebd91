"""Puts together what one tenant may see of the installation's health."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from api.metrics.catalogue import METRICS
from api.operation_window import Tally
from api.streams.inspection import RedisReport
from api.system.checks import (
    Check,
    Measure,
    check,
    error_line,
    error_percent,
    latency_line,
    milliseconds,
    sample_line,
)
from api.system.contracts import PostgresReport, ProcessReport, Sample, TenantFigures
from api.system.monitor import DATABASE_ERRORS, Monitor, lag
from api.system.probe import Answer, within
from api.system.process import WINDOW_SECONDS
from api.system.repository import read_tenant
from models.database import Database

TENANT_PATIENCE: Final = 2.0
CURRENT_SECONDS: Final = 60
P95: Final = 0.95
LAYERS: Final = ("l1", "l2")


@dataclass(frozen=True, slots=True)
class Health:
    """`shows_installation`: whether the asker may see figures that add up all tenants."""

    as_of: datetime
    postgres: Answer[PostgresReport]
    redis: Answer[RedisReport]
    live_by_redis: bool
    tenant: Answer[TenantFigures]
    processes: Answer[Sequence[ProcessReport]]
    monitor: Monitor
    operations: Tally
    hit_rates: Mapping[str, float]
    checks: tuple[Check, ...]
    shows_installation: bool


async def read_health(
    monitor: Monitor,
    database: Database,
    tenant_id: UUID,
    now: datetime,
    *,
    live_by_redis: bool,
    shows_installation: bool,
) -> Health:
    """Answers within a few seconds whatever is down; what could not be asked is missing, with the reason."""
    postgres, redis, processes, tenant = await asyncio.gather(
        monitor.ask_postgres(),
        monitor.ask_redis(),
        monitor.ask_processes(),
        within(TENANT_PATIENCE, _read_tenant(database, tenant_id), DATABASE_ERRORS),
    )
    window = monitor.process.operations
    return Health(
        as_of=now,
        postgres=postgres,
        redis=redis,
        live_by_redis=live_by_redis,
        tenant=tenant,
        processes=processes,
        monitor=monitor,
        operations=Tally() if window is None else window.over(WINDOW_SECONDS, tenant_id),
        hit_rates=hit_rates(list(monitor.samples), WINDOW_SECONDS),
        checks=_checks(monitor, tenant_id, now, postgres, redis),
        shows_installation=shows_installation,
    )


def hit_rates(samples: Sequence[Sample], seconds: int) -> dict[str, float]:
    """Hits among the look-ups of the last seconds, by layer; a layer without a look-up is not there. A look-up that
    Redis did not answer is one that did not hit."""
    recent = [one for one in samples if (samples[-1].at - one.at).total_seconds() <= seconds]
    if not recent:
        return {}
    first, last = recent[0].lookups, recent[-1].lookups
    rates = {}
    for layer in LAYERS:
        done = {outcome: value - first.get((of, outcome), 0.0) for (of, outcome), value in last.items() if of == layer}
        if total := sum(done.values()):
            rates[layer] = done.get("hit", 0.0) / total
    return rates


async def _read_tenant(database: Database, tenant_id: UUID) -> TenantFigures:
    async with database.reading(tenant_id) as snapshot:
        return await read_tenant(snapshot, sorted(METRICS))


def _checks(
    monitor: Monitor, tenant_id: UUID, now: datetime, postgres: Answer[PostgresReport], redis: Answer[RedisReport]
) -> tuple[Check, ...]:
    samples, window = list(monitor.samples), monitor.process.operations
    slots = [] if window is None else window.by_slot(tenant_id)
    current = Tally() if window is None else window.over(CURRENT_SECONDS, tenant_id)
    database, cache = postgres.value, redis.value
    return (
        check(Measure.API_LATENCY, milliseconds(current.percentile(P95)), latency_line(slots)),
        check(Measure.API_ERRORS, error_percent(current), error_line(slots)),
        check(
            Measure.POSTGRES_LATENCY,
            None if database is None else milliseconds(database.latency_seconds),
            sample_line(samples, now, Measure.POSTGRES_LATENCY),
            answered=database is not None,
        ),
        check(
            Measure.REDIS_LATENCY,
            None if cache is None else milliseconds(cache.latency_seconds),
            sample_line(samples, now, Measure.REDIS_LATENCY),
            answered=cache is not None,
        ),
        check(
            Measure.STREAM_LAG,
            None if cache is None else lag(cache),
            sample_line(samples, now, Measure.STREAM_LAG),
            answered=cache is not None,
        ),
    )
