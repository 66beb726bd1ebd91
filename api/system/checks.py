"""The five rows of System Health: each a measure against its limit, now and over the last ten minutes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from api.operation_window import SLOT_SECONDS, SLOTS, Tally
from api.system.contracts import Sample

MILLISECONDS: Final = 1000.0
PERCENT: Final = 100.0
P95: Final = 0.95


class Measure(StrEnum):
    API_LATENCY = "API_LATENCY"
    API_ERRORS = "API_ERRORS"
    POSTGRES_LATENCY = "POSTGRES_LATENCY"
    REDIS_LATENCY = "REDIS_LATENCY"
    STREAM_LAG = "STREAM_LAG"


class CheckState(StrEnum):
    OK = "OK"
    OVER_LIMIT = "OVER_LIMIT"
    NO_ANSWER = "NO_ANSWER"
    NO_DATA = "NO_DATA"


class Happening(StrEnum):
    STOPPED_ANSWERING = "STOPPED_ANSWERING"
    ANSWERS_AGAIN = "ANSWERS_AGAIN"
    OVER_LIMIT = "OVER_LIMIT"
    WITHIN_LIMIT = "WITHIN_LIMIT"


LIMITS: Final = {
    Measure.API_LATENCY: 250.0,  # milliseconds, 95 of 100 operations
    Measure.API_ERRORS: 1.0,  # per cent of the operations that failed
    Measure.POSTGRES_LATENCY: 50.0,  # milliseconds, a trivial statement
    Measure.REDIS_LATENCY: 10.0,  # milliseconds, a ping
    Measure.STREAM_LAG: 10.0,  # seconds, the age of the oldest entry that had no effect yet
}


@dataclass(frozen=True, slots=True)
class Line:
    """A value for each slot, the oldest first. None is a slot without a measurement, or, when it is one of
    `unanswered`, one in which nothing answered."""

    values: tuple[float | None, ...]
    unanswered: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Check:
    measure: Measure
    now: float | None
    state: CheckState
    line: Line

    @property
    def limit(self) -> float:
        return LIMITS[self.measure]

    @property
    def highest(self) -> float | None:
        return max((value for value in self.line.values if value is not None), default=None)

    @property
    def over_seconds(self) -> int:
        return SLOT_SECONDS * sum(value is not None and value > self.limit for value in self.line.values)

    @property
    def unanswered_seconds(self) -> int:
        return SLOT_SECONDS * len(self.line.unanswered)


@dataclass(frozen=True, slots=True)
class Incident:
    at: datetime
    measure: Measure
    happening: Happening


def check(measure: Measure, now: float | None, line: Line, *, answered: bool = True) -> Check:
    if not answered:
        return Check(measure, None, CheckState.NO_ANSWER, line)
    if now is None:
        return Check(measure, None, CheckState.NO_DATA, line)
    return Check(measure, now, CheckState.OVER_LIMIT if now > LIMITS[measure] else CheckState.OK, line)


def latency_line(slots: Sequence[Tally | None]) -> Line:
    return Line(tuple(milliseconds(slot.percentile(P95)) if slot else None for slot in slots))


def error_line(slots: Sequence[Tally | None]) -> Line:
    return Line(tuple(error_percent(slot) if slot else None for slot in slots))


def sample_line(samples: Sequence[Sample], now: datetime, measure: Measure) -> Line:
    last = _slot(now)
    values: list[float | None] = [None] * SLOTS
    unanswered = set()
    for sample in samples:
        index = SLOTS - 1 - (last - _slot(sample.at))
        if 0 <= index < SLOTS:
            values[index] = _value(sample, measure)
            unanswered |= {index} if values[index] is None else set()
    return Line(tuple(values), frozenset(unanswered))


def _value(sample: Sample, measure: Measure) -> float | None:
    if measure is Measure.STREAM_LAG:
        return sample.lag_seconds
    return milliseconds(sample.redis_seconds if measure is Measure.REDIS_LATENCY else sample.postgres_seconds)


def incidents(checks: Sequence[Check], now: datetime) -> list[Incident]:
    """What changed in the ten minutes, the newest first."""
    found = [incident for one in checks for incident in _incidents(one, now)]
    return sorted(found, key=lambda incident: incident.at, reverse=True)


def _incidents(one: Check, now: datetime) -> Iterator[Incident]:
    """A slot without a measurement changes nothing."""
    end = now.timestamp() // SLOT_SECONDS * SLOT_SECONDS
    silent = over = False
    for index, value in enumerate(one.line.values):
        at = datetime.fromtimestamp(end - (SLOTS - 1 - index) * SLOT_SECONDS, tz=now.tzinfo)
        # The streams are silent when Redis is, which is told once.
        if index in one.line.unanswered and not silent and one.measure is not Measure.STREAM_LAG:
            silent = True
            yield Incident(at, one.measure, Happening.STOPPED_ANSWERING)
        if value is None:
            continue
        if silent:
            silent = False
            yield Incident(at, one.measure, Happening.ANSWERS_AGAIN)
        if (value > one.limit) != over:
            over = not over
            yield Incident(at, one.measure, Happening.OVER_LIMIT if over else Happening.WITHIN_LIMIT)


def begin(now: datetime) -> datetime:
    """When the oldest slot of the lines begins."""
    end = now.timestamp() // SLOT_SECONDS * SLOT_SECONDS
    return datetime.fromtimestamp(end, tz=now.tzinfo) - timedelta(seconds=(SLOTS - 1) * SLOT_SECONDS)


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * MILLISECONDS


def error_percent(tally: Tally) -> float | None:
    return PERCENT * tally.failed / tally.operations if tally.operations else None


def _slot(moment: datetime) -> int:
    return int(moment.timestamp() // SLOT_SECONDS)
