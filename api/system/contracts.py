"""What is measured of the installation, and of one tenant in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from api.predictions.contracts import ModelInUse
from api.streams.topics import Topic
from api.tenants.contracts import TenantRecord


class Reason(StrEnum):
    """Why a figure is not there."""

    UNREACHABLE = "UNREACHABLE"
    NOT_PERMITTED = "NOT_PERMITTED"
    NOT_INSTALLED = "NOT_INSTALLED"
    NOTHING_YET = "NOTHING_YET"


@dataclass(frozen=True, slots=True)
class Absent:
    """A figure that could not be measured; `figure` is its path in the answer."""

    figure: str
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class SlowStatement:
    """A statement with its constants left out, as pg_stat_statements keeps it."""

    text: str
    calls: int
    mean_milliseconds: float
    highest_milliseconds: float


@dataclass(frozen=True, slots=True)
class PostgresReport:
    """`slow` is None when pg_stat_statements cannot be read, for the reason in `slow_absent`."""

    latency_seconds: float
    version: str
    migration: str | None
    size_bytes: int
    connections: int
    maximum_connections: int
    buffer_hit_rate: float | None
    slow: tuple[SlowStatement, ...] | None
    slow_absent: Absent | None


@dataclass(frozen=True, slots=True)
class PoolReport:
    """This process's pool: `overflow` connections are open beyond its size, `waiting` tasks wait for one."""

    size: int
    in_use: int
    overflow: int
    waiting: int


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """One tenant's messages of one stream."""

    waiting: int
    oldest_waiting_at: datetime | None
    dead_letters: int


@dataclass(frozen=True, slots=True)
class JobFigures:
    queued: int
    running: int
    failed: int
    oldest_queued_at: datetime | None


@dataclass(frozen=True, slots=True)
class TenantFigures:
    """What belongs to one tenant, from one snapshot."""

    tenant: TenantRecord
    topics: Mapping[Topic, TopicFigures]
    jobs: JobFigures
    newest_event_received_at: datetime | None
    last_effects: tuple[tuple[str, datetime], ...]
    newest_minutes: tuple[tuple[str, datetime], ...]
    models: tuple[ModelInUse, ...]


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """One process, as it last wrote of itself."""

    id: UUID
    role: str
    host: str
    pid: int
    started_at: datetime
    seen_at: datetime
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment of the installation as this process saw it; None where nothing answered."""

    at: datetime
    postgres_seconds: float | None
    redis_seconds: float | None
    lag_seconds: float | None
    lookups: Mapping[tuple[str, str], float]
