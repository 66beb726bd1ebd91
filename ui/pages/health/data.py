"""What the System Health page asks the API for, once by a query and then by a subscription for the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from ui.client import ApiClient, operation_text
from ui.records import Record

Measure = Literal["API_LATENCY", "API_ERRORS", "POSTGRES_LATENCY", "REDIS_LATENCY", "STREAM_LAG"]
State = Literal["OK", "OVER_LIMIT", "NO_ANSWER", "NO_DATA"]
Reachability = Literal["ANSWERS", "UNREACHABLE"]


class Check(Record):
    measure: Measure
    state: State
    now: float | None
    highest: float | None
    limit: float
    over_seconds: int
    unanswered_seconds: int
    values: Sequence[float | None]
    unanswered: Sequence[int]


class Incident(Record):
    at: datetime
    measure: Measure
    happening: Literal["STOPPED_ANSWERING", "ANSWERS_AGAIN", "OVER_LIMIT", "WITHIN_LIMIT"]


class Postgres(Record):
    state: Reachability
    version: str | None
    migration: str | None


class Redis(Record):
    state: Reachability
    version: str | None
    carries_live_updates: bool


class Api(Record):
    operations: int
    failed: int
    per_second: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class Stream(Record):
    topic: str
    lag_seconds: float | None
    waiting: int | None
    oldest_waiting_seconds: float | None
    dead_letters: int | None


class Jobs(Record):
    queued: int
    running: int
    failed: int
    oldest_queued_seconds: float | None


class Cache(Record):
    l1_hit_rate: float | None
    l2_hit_rate: float | None


class Consumer(Record):
    consumer: str
    last_effect_at: datetime


class ModelInUse(Record):
    kind: Literal["CHURN", "CLV", "CONVERSION"]
    horizon_days: int
    version: int
    in_use_since: datetime
    last_scored_at: datetime | None
    drift: Literal["STABLE", "MOVED", "DRIFTED", "INSUFFICIENT_DATA"]


class Freshness(Record):
    newest_event_received_at: datetime | None
    oldest_waiting_seconds: float | None
    consumers: Sequence[Consumer]
    models: Sequence[ModelInUse]


class ProcessFigures(Record):
    host: str
    pid: int
    memory_bytes: int | None
    operations: int | None
    sockets: int | None
    subscriptions: int | None


class Process(Record):
    role: str
    state: Literal["RUNNING", "SILENT"]
    answers: bool
    started_at: datetime
    seen_at: datetime
    doing: Sequence[str]
    stopped: Sequence[str]
    figures: ProcessFigures | None


class Pool(Record):
    size: int
    in_use: int
    overflow: int
    waiting: int


class PostgresCapacity(Record):
    size_bytes: int
    connections: int
    maximum_connections: int
    buffer_hit_rate: float | None


class RedisCapacity(Record):
    memory_bytes: int
    memory_limit_bytes: int | None
    clients: int
    evicted_keys: int


class StreamCapacity(Record):
    topic: str
    length: int
    lag: int | None
    pending: int


class SlowStatement(Record):
    text: str
    calls: int
    mean_ms: float
    highest_ms: float


class Installation(Record):
    pool: Pool
    postgres: PostgresCapacity | None
    redis: RedisCapacity | None
    streams: Sequence[StreamCapacity] | None
    slow_statements: Sequence[SlowStatement] | None


class Absent(Record):
    figure: str
    reason: Literal["UNREACHABLE", "NOT_PERMITTED", "NOT_INSTALLED", "NOTHING_YET"]
    message: str


class SystemHealth(Record):
    as_of: datetime
    checks_begin: datetime
    checks_step_seconds: int
    checks: Sequence[Check]
    incidents: Sequence[Incident]
    postgres: Postgres
    redis: Redis
    api: Api
    streams: Sequence[Stream]
    jobs: Jobs | None
    cache: Cache
    freshness: Freshness | None
    processes: Sequence[Process] | None
    installation: Installation | None
    absent: Sequence[Absent]

    def missing(self, figure: str) -> Absent | None:
        return next((one for one in self.absent if one.figure == figure), None)


class _Answer(Record):
    system_health: SystemHealth


def subscription() -> str:
    """The query's very selection, followed."""
    return operation_text("SystemHealth").replace("query ", "subscription ", 1)


async def load(client: ApiClient) -> SystemHealth:
    return (await client.run("SystemHealth", _Answer)).system_health


def received(frame: Mapping[str, Any]) -> SystemHealth:
    """What the browser took from the subscription."""
    return SystemHealth.model_validate(frame)
