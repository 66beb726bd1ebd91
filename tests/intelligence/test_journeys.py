"""Survival and competing risks against published figures, and against sums done the long way."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.intelligence.journeys import CENSORED, aalen_johansen, kaplan_meier

# Weeks of remission under 6-MP, Freireich and others 1963; below zero: still in remission then.
SIX_MP = [6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35]
PEOPLE = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=25)


def test_kaplan_meier_gives_freireichs_figures() -> None:
    curve = kaplan_meier([abs(week) for week in SIX_MP], [week > 0 for week in SIX_MP])
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.estimates.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve.standard_errors.round(4).tolist() == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    assert curve.at(9.5).value == curve.at(7).value
    assert (curve.at(0).value, curve.at(99).value) == (1.0, curve.at(23).value)


@given(PEOPLE)
def test_aalen_johansen_is_the_textbook_sum(people: list[tuple[int, int]]) -> None:
    curves = aalen_johansen(*zip(*people, strict=True), causes=3)
    surviving, incidence, steps = Fraction(1), {cause: Fraction(0) for cause in (1, 2, 3)}, []
    for time in sorted({duration for duration, outcome in people if outcome != CENSORED}):
        at_risk = sum(duration >= time for duration, _ in people)
        left = {cause: sum(person == (time, cause) for person in people) for cause in (1, 2, 3)}
        for cause in incidence:
            incidence[cause] += surviving * Fraction(left[cause], at_risk)
        steps.append((surviving, at_risk, left, dict(incidence)))
        surviving *= 1 - Fraction(sum(left.values()), at_risk)
    for cause, curve in enumerate(curves, start=1):
        assert curve.estimates == pytest.approx([float(step[3][cause]) for step in steps], abs=1e-12)
        errors = [sqrt(max(0.0, _variance(steps[: end + 1], cause))) for end in range(len(steps))]
        assert curve.standard_errors == pytest.approx(errors, abs=1e-7)


def _variance(steps: list[tuple[Fraction, int, dict[int, int], dict[int, Fraction]]], cause: int) -> float:
    """Marubini and Valsecchi's formula, term by term."""
    final, total = steps[-1][3][cause], Fraction(0)
    for surviving, at_risk, left, incidence in steps:
        gone, own, rest = sum(left.values()), left[cause], final - incidence[cause]
        if gone < at_risk:
            total += rest**2 * Fraction(gone, at_risk * (at_risk - gone))
        total += surviving**2 * Fraction(own * (at_risk - own), at_risk**3)
        total -= 2 * rest * surviving * Fraction(own, at_risk**2)
    return float(total)


@given(PEOPLE)
def test_with_one_cause_it_is_what_kaplan_meier_leaves(people: list[tuple[int, int]]) -> None:
    durations, observed = [duration for duration, _ in people], [outcome > 0 for _, outcome in people]
    [incidence] = aalen_johansen(durations, np.array(observed, dtype=int), causes=1)
    surviving = kaplan_meier(durations, observed)
    assert incidence.times.tolist() == surviving.times.tolist()
    assert incidence.estimates == pytest.approx(1 - surviving.estimates, abs=1e-12)
    assert incidence.standard_errors == pytest.approx(surviving.standard_errors, abs=1e-7)


@given(PEOPLE, st.integers(0, 13))
def test_the_causes_and_those_who_stay_make_the_whole(people: list[tuple[int, int]], time: int) -> None:
    durations, outcomes = zip(*people, strict=True)
    curves = aalen_johansen(durations, outcomes, causes=3)
    surviving = kaplan_meier(durations, [outcome > 0 for outcome in outcomes])
    assert sum(curve.at(time).value for curve in curves) + surviving.at(time).value == pytest.approx(1)
    for estimate in (surviving.at(time), *(curve.at(time) for curve in curves)):
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert estimate.low < estimate.high


def test_without_being_told_it_takes_the_causes_it_sees() -> None:
    durations, outcomes = [1, 2, 3, 4], [1, 0, 2, 1]
    assert len(aalen_johansen(durations, outcomes)) == 2
    assert len(aalen_johansen(durations, [0, 0, 0, 0])) == 1
    told, seen = aalen_johansen(durations, outcomes, causes=2), aalen_johansen(durations, outcomes)
    assert [curve.estimates.tolist() for curve in told] == [curve.estimates.tolist() for curve in seen]


def test_in_a_growing_funnel_converted_over_entered_says_too_little() -> None:
    """Half of those who entered in the last 30 days have been watched for less than 15."""
    generator = np.random.default_rng(7)
    waiting = generator.exponential(10.0, 40_000)
    watched = generator.uniform(0.0, 30.0, 40_000)
    converted = waiting <= watched
    naive = converted.mean()
    [curve] = aalen_johansen(np.minimum(waiting, watched), converted.astype(int), causes=1)
    truth = 1 - np.exp(-2.0)
    assert naive < 0.7
    estimate = curve.at(20.0)
    assert estimate.value == pytest.approx(truth, abs=4 * estimate.standard_error)
    assert estimate.low < truth < estimate.high


def test_nobody_is_no_estimate_and_certainty_is_never_shown() -> None:
    [nobody] = aalen_johansen([], [], causes=1)
    assert (nobody.n, nobody.at(1.0).low, nobody.at(1.0).high) == (0, 0.0, 1.0)
    three = kaplan_meier([1, 1, 1], [False, False, False]).at(1)
    assert (three.value, round(three.low, 4), three.high) == (1.0, 0.2924, 1.0)


@pytest.mark.parametrize(
    ("durations", "outcomes"), [([1, 2], [1]), ([-1], [1]), ([float("nan")], [1]), ([1], [2]), ([[1]], [[1]])]
)
def test_what_makes_no_sense_is_refused(durations: list[float], outcomes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"durations|outcomes"):
        aalen_johansen(durations, outcomes, causes=1)
