"""The parts of System Health in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.predictions.contracts import ModelInUse
from api.predictions.drift_types import ModelDriftState
from api.predictions.model_types import PredictionKind
from api.system import checks, contracts


@strawberry.enum(description="What a row of checks measures.")
class HealthMeasure(Enum):
    API_LATENCY = "API_LATENCY"
    API_ERRORS = "API_ERRORS"
    POSTGRES_LATENCY = "POSTGRES_LATENCY"
    REDIS_LATENCY = "REDIS_LATENCY"
    STREAM_LAG = "STREAM_LAG"


@strawberry.enum(description="A measure against its limit, now. NO_DATA: there was nothing to measure.")
class HealthState(Enum):
    OK = "OK"
    OVER_LIMIT = "OVER_LIMIT"
    NO_ANSWER = "NO_ANSWER"
    NO_DATA = "NO_DATA"


@strawberry.enum(description="What happened to a measure.")
class HealthHappening(Enum):
    STOPPED_ANSWERING = "STOPPED_ANSWERING"
    ANSWERS_AGAIN = "ANSWERS_AGAIN"
    OVER_LIMIT = "OVER_LIMIT"
    WITHIN_LIMIT = "WITHIN_LIMIT"


@strawberry.enum(description="Why a figure is missing.")
class AbsenceReason(Enum):
    UNREACHABLE = "UNREACHABLE"
    NOT_PERMITTED = "NOT_PERMITTED"
    NOT_INSTALLED = "NOT_INSTALLED"
    NOTHING_YET = "NOTHING_YET"


@strawberry.enum(description="Whether something answers.")
class Reachability(Enum):
    ANSWERS = "ANSWERS"
    UNREACHABLE = "UNREACHABLE"


@strawberry.type(description="A figure that could not be measured. It is null in the answer, never zero.")
class AbsentFigure:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    figure: str = strawberry.field(description="Its path in the answer, such as redis.")
    reason: AbsenceReason
    message: str

    @classmethod
    def of(cls, absent: contracts.Absent) -> "AbsentFigure":
        return cls(figure=absent.figure, reason=AbsenceReason(absent.reason.value), message=absent.message)


@strawberry.type(
    description="One measure against its limit. Latencies are milliseconds (of 95 in 100 operations of your tenant, of "
    "a trivial statement, of a ping), errors per cent of your tenant's operations of the last minute, the lag seconds."
)
class HealthCheck:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    measure: HealthMeasure
    state: HealthState
    now: float | None
    highest: float | None = strawberry.field(description="Of the ten minutes.")
    limit: float
    over_seconds: int = strawberry.field(description="How long it was over its limit within the ten minutes.")
    unanswered_seconds: int = strawberry.field(description="How long nothing answered within the ten minutes.")
    values: list[float | None] = strawberry.field(
        description="One value for each step of the ten minutes; null where there was nothing to measure."
    )
    unanswered: list[int] = strawberry.field(description="The places in values at which nothing answered.")

    @classmethod
    def of(cls, check: checks.Check) -> "HealthCheck":
        return cls(
            measure=HealthMeasure(check.measure.value),
            state=HealthState(check.state.value),
            now=check.now,
            highest=check.highest,
            limit=check.limit,
            over_seconds=check.over_seconds,
            unanswered_seconds=check.unanswered_seconds,
            values=list(check.line.values),
            unanswered=sorted(check.line.unanswered),
        )


@strawberry.type(description="When a measure changed its state.")
class HealthIncident:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    at: datetime
    measure: HealthMeasure
    happening: HealthHappening

    @classmethod
    def of(cls, incident: checks.Incident) -> "HealthIncident":
        return cls(
            at=incident.at,
            measure=HealthMeasure(incident.measure.value),
            happening=HealthHappening(incident.happening.value),
        )


@strawberry.type(description="The database, as the answering process sees it.")
class PostgresHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    state: Reachability
    latency_ms: float | None
    version: str | None
    migration: str | None = strawberry.field(description="The last migration that was applied.")


@strawberry.type(description="Redis, as the answering process sees it.")
class RedisHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    state: Reachability
    latency_ms: float | None
    version: str | None
    carries_live_updates: bool = strawberry.field(description="False: subscriptions look in the database themselves.")


@strawberry.type(description="Your tenant's operations over HTTP that the answering process ran in the last 5 minutes.")
class ApiHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    operations: int
    failed: int = strawberry.field(description="Those that ended in an error of the server.")
    error_percent: float | None
    per_second: float
    p50_ms: float | None = strawberry.field(description="Percentiles are right to 2.5 per cent.")
    p95_ms: float | None
    p99_ms: float | None


@strawberry.type(description="One of the six streams.")
class StreamHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    topic: str
    lag_seconds: float | None = strawberry.field(
        description="The age of the oldest entry, of any tenant, that had no effect yet; 0 when none waits."
    )
    waiting: int | None = strawberry.field(description="Messages of your tenant that had no effect yet.")
    oldest_waiting_seconds: float | None = strawberry.field(description="Null when none of yours waits.")
    dead_letters: int | None = strawberry.field(description="Messages of your tenant that failed at every try.")


@strawberry.type(description="Your tenant's jobs.")
class JobHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    queued: int
    running: int
    failed: int
    oldest_queued_seconds: float | None = strawberry.field(description="Null when none is queued.")


@strawberry.type(description="Look-ups of the answering process in the last 5 minutes.")
class CacheHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    l1_hit_rate: float | None = strawberry.field(description="A share of 1; null without a look-up.")
    l2_hit_rate: float | None


@strawberry.type(description="When a consumer last had an effect for your tenant.")
class ConsumerFreshness:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    consumer: str
    last_effect_at: datetime = strawberry.field(description="Of the newest message that had its effect.")


@strawberry.type(description="How far a metric's data goes.")
class MetricFreshness:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    metric: str
    newest_minute: datetime = strawberry.field(description="The newest minute with a value, on the tenant's clock.")


@strawberry.type(description="A model that is in use.")
class ModelFreshness:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    kind: PredictionKind
    horizon_days: int
    version: int
    in_use_since: datetime
    last_scored_at: datetime | None = strawberry.field(
        description="The end of its last pass over all customers, on the real clock. Null before the first."
    )
    drift: ModelDriftState = strawberry.field(description="Of that pass; its version's `drift` says more.")

    @classmethod
    def of(cls, model: ModelInUse) -> "ModelFreshness":
        return cls(
            kind=PredictionKind(model.kind),
            horizon_days=model.horizon_days,
            version=model.number,
            in_use_since=model.since,
            last_scored_at=model.scored_at,
            drift=ModelDriftState(model.drift or "INSUFFICIENT_DATA"),
        )


@strawberry.type(description="How fresh your tenant's data is.")
class Freshness:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    newest_event_received_at: datetime | None
    oldest_waiting_seconds: float | None = strawberry.field(
        description="How old the oldest message without effect is: by so much the metrics are behind. Null without one."
    )
    consumers: list[ConsumerFreshness]
    metrics: list[MetricFreshness]
    models: list[ModelFreshness]

    @classmethod
    def of(cls, tenant: contracts.TenantFigures, now: datetime) -> "Freshness":
        oldest = min((one.oldest_waiting_at for one in tenant.topics.values() if one.oldest_waiting_at), default=None)
        return cls(
            newest_event_received_at=tenant.newest_event_received_at,
            oldest_waiting_seconds=age(oldest, now),
            consumers=[ConsumerFreshness(consumer=name, last_effect_at=at) for name, at in tenant.last_effects],
            metrics=[MetricFreshness(metric=slug, newest_minute=at) for slug, at in tenant.newest_minutes],
            models=[ModelFreshness.of(model) for model in tenant.models],
        )


@strawberry.type(description="A statement with its constants left out, as pg_stat_statements keeps it.")
class SlowStatement:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    text: str
    calls: Int64
    mean_ms: float
    highest_ms: float


def age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.0, (now - moment).total_seconds())
