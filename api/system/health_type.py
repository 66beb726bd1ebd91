"""System Health in GraphQL, whole: the same type for the query and for the subscription."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.operation_window import SLOT_SECONDS
from api.streams.inspection import RedisReport
from api.streams.topics import TOPICS, Topic
from api.system.absence import absent
from api.system.checks import begin, error_percent, incidents, milliseconds
from api.system.contracts import TenantFigures
from api.system.installation import Installation, ProcessHealth
from api.system.process import WINDOW_SECONDS
from api.system.service import Health
from api.system.types import (
    AbsentFigure,
    ApiHealth,
    CacheHealth,
    Freshness,
    HealthCheck,
    HealthIncident,
    JobHealth,
    PostgresHealth,
    Reachability,
    RedisHealth,
    StreamHealth,
    age,
)
from api.tenants.types import Replay, Tenant


@strawberry.type(
    description="What was measured just now. Figures of messages, jobs, operations and freshness are your tenant's "
    "own; latencies and lags are the installation's."
)
class SystemHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    as_of: datetime = strawberry.field(description="The real clock, also in a demo.")
    checks: list[HealthCheck]
    checks_begin: datetime = strawberry.field(description="When the first of the checks' values begins.")
    checks_step_seconds: int
    incidents: list[HealthIncident] = strawberry.field(description="Of the ten minutes, the newest first.")
    postgres: PostgresHealth
    redis: RedisHealth
    api: ApiHealth
    streams: list[StreamHealth]
    jobs: JobHealth | None
    cache: CacheHealth
    freshness: Freshness | None
    replay: Replay | None = strawberry.field(description="Null for a tenant that is no demo.")
    processes: list[ProcessHealth] | None = strawberry.field(description="The newest first.")
    installation: Installation | None = strawberry.field(
        description="Figures that add up all tenants: for admins, where the operator shows them."
    )
    absent: list[AbsentFigure] = strawberry.field(description="What is null because it could not be measured, and why.")

    @classmethod
    def of(cls, health: Health) -> "SystemHealth":
        tenant, monitor = health.tenant.value, health.monitor
        found = list(health.checks)
        return cls(
            as_of=health.as_of,
            checks=[HealthCheck.of(check) for check in found],
            checks_begin=begin(health.as_of),
            checks_step_seconds=SLOT_SECONDS,
            incidents=[HealthIncident.of(incident) for incident in incidents(found, health.as_of)],
            postgres=_postgres(health),
            redis=_redis(health),
            api=_api(health),
            streams=[_stream(topic, health.redis.value, tenant, health.as_of) for topic in TOPICS],
            jobs=None if tenant is None else _jobs(tenant, health.as_of),
            cache=CacheHealth(l1_hit_rate=health.hit_rates.get("l1"), l2_hit_rate=health.hit_rates.get("l2")),
            freshness=None if tenant is None else Freshness.of(tenant, health.as_of),
            replay=None if tenant is None else Tenant.of(tenant.tenant, health.as_of).replay,
            processes=_processes(health),
            installation=Installation.of(monitor.pool, health.postgres.value, health.redis.value)
            if health.shows_installation
            else None,
            absent=[AbsentFigure.of(one) for one in absent(health)],
        )


def _postgres(health: Health) -> PostgresHealth:
    report = health.postgres.value
    if report is None:
        return PostgresHealth(state=Reachability.UNREACHABLE, latency_ms=None, version=None, migration=None)
    return PostgresHealth(
        state=Reachability.ANSWERS,
        latency_ms=milliseconds(report.latency_seconds),
        version=report.version,
        migration=report.migration,
    )


def _redis(health: Health) -> RedisHealth:
    report = health.redis.value
    return RedisHealth(
        state=Reachability.UNREACHABLE if report is None else Reachability.ANSWERS,
        latency_ms=None if report is None else milliseconds(report.latency_seconds),
        version=None if report is None else report.version,
        carries_live_updates=health.live_by_redis,
    )


def _api(health: Health) -> ApiHealth:
    tally = health.operations
    return ApiHealth(
        operations=tally.operations,
        failed=tally.failed,
        error_percent=error_percent(tally),
        per_second=tally.operations / WINDOW_SECONDS,
        p50_ms=milliseconds(tally.percentile(0.5)),
        p95_ms=milliseconds(tally.percentile(0.95)),
        p99_ms=milliseconds(tally.percentile(0.99)),
    )


def _stream(topic: Topic, redis: RedisReport | None, tenant: TenantFigures | None, now: datetime) -> StreamHealth:
    own = None if tenant is None else tenant.topics[topic]
    shards = () if redis is None else [one.oldest_seconds for one in redis.shards if one.topic == topic]
    return StreamHealth(
        topic=topic.value,
        lag_seconds=None if redis is None else max((one for one in shards if one is not None), default=0.0),
        waiting=None if own is None else own.waiting,
        oldest_waiting_seconds=None if own is None else age(own.oldest_waiting_at, now),
        dead_letters=None if own is None else own.dead_letters,
    )


def _jobs(tenant: TenantFigures, now: datetime) -> JobHealth:
    jobs = tenant.jobs
    return JobHealth(
        queued=jobs.queued,
        running=jobs.running,
        failed=jobs.failed,
        oldest_queued_seconds=age(jobs.oldest_queued_at, now),
    )


def _processes(health: Health) -> list[ProcessHealth] | None:
    if health.processes.value is None:
        return None
    own = health.monitor.process.id
    return [
        ProcessHealth.of(one, health.as_of, own=one.id == own, shows_installation=health.shows_installation)
        for one in health.processes.value
    ]
