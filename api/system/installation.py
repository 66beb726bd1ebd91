"""What adds up all tenants: shown only to admins, and only where the operator says so."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Any, ClassVar, Final

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.streams.inspection import RedisReport
from api.streams.topics import TOPICS
from api.system.contracts import PoolReport, PostgresReport, ProcessReport
from api.system.types import SlowStatement

SILENT_AFTER: Final = timedelta(seconds=30)


@strawberry.enum(description="Whether a process still writes its heartbeat.")
class ProcessState(Enum):
    RUNNING = "RUNNING"
    SILENT = "SILENT"


@strawberry.type(description="What a process measured of itself, over all tenants.")
class ProcessFigures:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    host: str
    pid: int
    memory_bytes: Int64 | None
    operations: int | None = strawberry.field(description="Over HTTP in 5 minutes; null where none are answered.")
    p95_ms: float | None
    error_percent: float | None
    sockets: int | None
    subscriptions: int | None
    pool_size: int
    pool_in_use: int
    pool_overflow: int
    pool_waiting: int

    @classmethod
    def of(cls, process: ProcessReport) -> "ProcessFigures":
        figures = process.figures
        return cls(
            host=process.host,
            pid=process.pid,
            memory_bytes=figures.get("memory_bytes"),
            operations=figures.get("operations"),
            p95_ms=figures.get("p95_milliseconds"),
            error_percent=figures.get("error_percent"),
            sockets=figures.get("sockets"),
            subscriptions=figures.get("subscriptions"),
            pool_size=figures["pool_size"],
            pool_in_use=figures["pool_in_use"],
            pool_overflow=figures["pool_overflow"],
            pool_waiting=figures["pool_waiting"],
        )


@strawberry.type(description="A process of the installation, as it last wrote of itself.")
class ProcessHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    role: str
    state: ProcessState
    answers: bool = strawberry.field(description="Whether it is the one that answers this.")
    started_at: datetime
    seen_at: datetime
    doing: list[str] = strawberry.field(description="Its background tasks.")
    stopped: list[str] = strawberry.field(description="Background tasks that ended although nobody asked them to.")
    figures: ProcessFigures | None = strawberry.field(description="Null where `installation` is.")

    @classmethod
    def of(cls, process: ProcessReport, now: datetime, *, own: bool, shows_installation: bool) -> "ProcessHealth":
        return cls(
            role=process.role,
            state=ProcessState.SILENT if now - process.seen_at > SILENT_AFTER else ProcessState.RUNNING,
            answers=own,
            started_at=process.started_at,
            seen_at=process.seen_at,
            doing=process.figures["doing"],
            stopped=process.figures["stopped"],
            figures=ProcessFigures.of(process) if shows_installation else None,
        )


@strawberry.type(description="The connections of the answering process.")
class PoolHealth:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    size: int
    in_use: int
    overflow: int = strawberry.field(description="Open beyond the size.")
    waiting: int = strawberry.field(description="Tasks that wait for a connection.")


@strawberry.type(description="The database's sizes and connections.")
class PostgresCapacity:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    size_bytes: Int64
    connections: int
    maximum_connections: int
    buffer_hit_rate: float | None = strawberry.field(description="A share of 1, since the statistics were last reset.")


@strawberry.type(description="Redis's sizes and connections.")
class RedisCapacity:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    memory_bytes: Int64
    memory_limit_bytes: Int64 | None = strawberry.field(description="Null when Redis has no limit.")
    clients: int
    evicted_keys: Int64


@strawberry.type(description="One shard of a stream; a tenant's messages all go to the same shard.")
class ShardCapacity:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    shard: int
    length: Int64
    lag: Int64 | None = strawberry.field(description="Entries nobody has read; null when Redis cannot tell.")
    pending: Int64 = strawberry.field(description="Entries that were read and not acknowledged.")
    oldest_seconds: float | None = strawberry.field(description="The age of the oldest of both.")


@strawberry.type(description="A stream over all tenants.")
class StreamCapacity:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    topic: str
    length: Int64
    lag: Int64 | None
    pending: Int64
    shards: list[ShardCapacity]


@strawberry.type(description="Figures that add up all tenants. Null parts could not be measured, see absent.")
class Installation:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    pool: PoolHealth
    postgres: PostgresCapacity | None
    redis: RedisCapacity | None
    streams: list[StreamCapacity] | None
    slow_statements: list[SlowStatement] | None

    @classmethod
    def of(cls, pool: PoolReport, postgres: PostgresReport | None, redis: RedisReport | None) -> "Installation":
        return cls(
            pool=PoolHealth(size=pool.size, in_use=pool.in_use, overflow=pool.overflow, waiting=pool.waiting),
            postgres=None if postgres is None else _postgres(postgres),
            redis=None if redis is None else _redis(redis),
            streams=None if redis is None else _streams(redis),
            slow_statements=None if postgres is None else _slow(postgres),
        )


def _postgres(report: PostgresReport) -> PostgresCapacity:
    return PostgresCapacity(
        size_bytes=Int64(report.size_bytes),
        connections=report.connections,
        maximum_connections=report.maximum_connections,
        buffer_hit_rate=report.buffer_hit_rate,
    )


def _redis(report: RedisReport) -> RedisCapacity:
    return RedisCapacity(
        memory_bytes=Int64(report.memory_bytes),
        memory_limit_bytes=None if report.memory_limit_bytes is None else Int64(report.memory_limit_bytes),
        clients=report.clients,
        evicted_keys=Int64(report.evicted_keys),
    )


def _streams(report: RedisReport) -> list[StreamCapacity]:
    return [_stream(topic.value, report) for topic in TOPICS]


def _stream(topic: str, report: RedisReport) -> StreamCapacity:
    shards = [one for one in report.shards if one.topic == topic]
    lags = [one.lag for one in shards]
    known: Any = None if None in lags else sum(one for one in lags if one is not None)
    return StreamCapacity(
        topic=topic,
        length=Int64(sum(one.length for one in shards)),
        lag=known,
        pending=Int64(sum(one.pending for one in shards)),
        shards=[
            ShardCapacity(
                shard=one.shard,
                length=Int64(one.length),
                lag=None if one.lag is None else Int64(one.lag),
                pending=Int64(one.pending),
                oldest_seconds=one.oldest_seconds,
            )
            for one in shards
        ],
    )


def _slow(report: PostgresReport) -> list[SlowStatement] | None:
    if report.slow is None:
        return None
    return [
        SlowStatement(
            text=one.text,
            calls=Int64(one.calls),
            mean_ms=one.mean_milliseconds,
            highest_ms=one.highest_milliseconds,
        )
        for one in report.slow
    ]
