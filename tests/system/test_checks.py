"""Measures against their limits, and what is told of the last ten minutes."""

from datetime import UTC, datetime, timedelta

from api.operation_window import SLOTS
from api.system.checks import (
    Check,
    CheckState,
    Happening,
    Incident,
    Line,
    Measure,
    begin,
    check,
    incidents,
    sample_line,
)
from api.system.contracts import Sample
from api.system.service import hit_rates

NOW = datetime(2026, 3, 18, 12, 30, 22, tzinfo=UTC)
REDIS = Measure.REDIS_LATENCY


def sample(seconds_ago: int, redis: float | None = 0.001, **lookups: float) -> Sample:
    return Sample(
        at=NOW - timedelta(seconds=seconds_ago),
        postgres_seconds=0.002,
        redis_seconds=redis,
        lag_seconds=None if redis is None else 0.0,
        lookups={tuple(name.split("_")): value for name, value in lookups.items()},  # type: ignore[misc]
    )


def line(*last: float | None, unanswered: frozenset[int] = frozenset()) -> Line:
    return Line((*[None] * (SLOTS - len(last)), *last), unanswered)


def test_a_measure_is_over_its_limit_only_beyond_it() -> None:
    assert check(REDIS, 10.0, line()).state is CheckState.OK
    assert check(REDIS, 10.1, line()).state is CheckState.OVER_LIMIT
    assert check(REDIS, None, line()).state is CheckState.NO_DATA
    silent = check(REDIS, 1.0, line(), answered=False)
    assert (silent.state, silent.now) == (CheckState.NO_ANSWER, None)


def test_a_check_says_how_long_it_was_over_and_how_long_nothing_answered() -> None:
    last = SLOTS - 1
    found = Check(REDIS, 1.0, CheckState.OK, line(1.0, 11.0, 12.0, None, 2.0, unanswered=frozenset({last - 1})))
    assert (found.highest, found.over_seconds, found.unanswered_seconds) == (12.0, 10, 5)
    assert check(REDIS, None, line()).highest is None


def test_samples_stand_at_their_time_and_a_silence_is_no_zero() -> None:
    found = sample_line([sample(700), sample(12, 0.003), sample(7, None), sample(2, 0.004)], NOW, REDIS)
    assert found.values[-4:] == (None, 3.0, None, 4.0)
    assert found.values[:-3] == (None,) * (SLOTS - 3)
    assert found.unanswered == {SLOTS - 2}


def test_what_happened_is_told_with_its_time_the_newest_first() -> None:
    last = SLOTS - 1
    one = check(REDIS, 1.0, line(1.0, 11.0, 1.0, None, None, 20.0, unanswered=frozenset({last - 1, last - 2})))

    def at(seconds_ago: int) -> datetime:
        return datetime(2026, 3, 18, 12, 30, 20, tzinfo=UTC) - timedelta(seconds=seconds_ago)

    assert [(incident.at, incident.happening) for incident in incidents([one], NOW)] == [
        (at(0), Happening.ANSWERS_AGAIN),
        (at(0), Happening.OVER_LIMIT),
        (at(10), Happening.STOPPED_ANSWERING),
        (at(15), Happening.WITHIN_LIMIT),
        (at(20), Happening.OVER_LIMIT),
    ]


def test_nothing_measured_is_nothing_that_happened() -> None:
    assert incidents([check(REDIS, None, line(1.0, None, 1.0))], NOW) == []
    assert Incident(begin(NOW), REDIS, Happening.OVER_LIMIT).at == datetime(2026, 3, 18, 12, 20, 25, tzinfo=UTC)


def test_a_hit_rate_is_of_the_last_minutes_and_absent_without_a_look_up() -> None:
    assert hit_rates([], 300) == {}
    assert hit_rates([sample(5, l1_hit=3.0)], 300) == {}
    old, first = sample(400, l1_hit=0.0), sample(290, l1_hit=100.0, l1_miss=10.0)
    last = sample(0, l1_hit=130.0, l1_miss=20.0, l2_unreachable=4.0)
    assert hit_rates([old, first, last], 300) == {"l1": 0.75, "l2": 0.0}
