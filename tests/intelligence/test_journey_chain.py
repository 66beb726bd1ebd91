"""End-to-end conversion, bottlenecks and next stages against simulations whose truth is known."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.intelligence.arrays import InvalidColumnError
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.journeys import NextStage, absorption, bottlenecks, stage_spells
from api.intelligence.journeys.bottlenecks import benjamini_hochberg

STAGES = ("look", "try", "buy", "lost")
SPELLS = st.lists(
    st.tuples(st.sampled_from(STAGES), st.sampled_from((*STAGES, "")), st.integers(0, 9)).filter(
        lambda spell: spell[0] != spell[1]
    ),
    min_size=1,
    max_size=30,
)


def growing_funnel(generator: np.random.Generator, people: int) -> tuple[Any, Any, Any]:
    """Ever more enter until the watching ends; 67.4 % of those who leave convert, the others are lost."""
    entered = 90 - generator.exponential(12.0, people).clip(0, 90)
    stay = generator.exponential(9.0, people)
    leads = np.where(generator.random(people) < 0.674, "buy", "lost")
    watched = np.minimum(stay, 90 - entered)
    return entered, watched, np.where(stay <= 90 - entered, leads, "")


def test_in_a_growing_funnel_the_chain_says_what_is_true_and_the_plain_ratio_too_little() -> None:
    _, watched, leads = growing_funnel(np.random.default_rng(11), 20_000)
    assert (leads == "buy").mean() < 0.50
    found = absorption(["try"] * len(watched), watched, leads, target="buy", exits=["lost"])["try"]
    assert found.converted == pytest.approx(0.674, abs=0.01)
    assert found.low < 0.674 < found.high


def test_two_stages_with_a_way_back_give_the_solution_of_the_chain() -> None:
    """look: 60 try, 40 lost. try: 50 buy, 30 back to look, 20 lost. So x = .6 y and y = .5 + .3 x."""
    stage = ["look"] * 100 + ["try"] * 100 + ["buy"] * 5
    leads = ["try"] * 60 + ["lost"] * 40 + ["buy"] * 50 + ["look"] * 30 + ["lost"] * 20 + [None] * 5
    found = absorption(stage, np.arange(205.0), leads, target="buy", exits=["lost"])
    assert set(found) == {"look", "try"}
    assert found["try"].converted == pytest.approx(0.5 / 0.82)
    assert found["look"].converted == pytest.approx(0.6 * 0.5 / 0.82)
    assert found["look"].n == 100


def test_a_circle_that_nobody_leaves_keeps_everybody() -> None:
    found = absorption(["look", "try"], [1, 1], ["try", "look"], target="buy", exits=["lost"])
    assert found["look"].staying == pytest.approx(1)


@settings(deadline=None)
@given(SPELLS)
def test_who_arrives_is_lost_or_stays_is_everybody(spells: list[tuple[str, str, int]]) -> None:
    stage, leads, duration = zip(*spells, strict=True)
    for one in absorption(stage, duration, leads, target="buy", exits=["lost"], resamples=20).values():
        assert one.converted + one.lost + one.staying == pytest.approx(1, abs=1e-9)
        assert min(one.converted, one.lost, one.staying) >= -1e-9
        assert -1e-9 <= one.low <= one.high <= 1 + 1e-9


@settings(deadline=None)
@given(SPELLS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_counting_them_together_change_nothing(
    spells: list[tuple[str, str, int]], chance: Any
) -> None:
    once = absorption(*_columns(spells * 2), target="buy", exits=["lost"], resamples=0)
    shuffled = list(spells)
    chance.shuffle(shuffled)
    counted = absorption(*_columns(shuffled), target="buy", exits=["lost"], counts=[2.0] * len(spells), resamples=0)
    assert {one.stage: one.n for one in once.values()} == {one.stage: one.n for one in counted.values()}
    for name, one in once.items():
        assert counted[name].converted == pytest.approx(one.converted, abs=1e-9)


def _columns(spells: list[tuple[str, str, int]]) -> tuple[list[str], list[int], list[str]]:
    return [one[0] for one in spells], [one[2] for one in spells], [one[1] for one in spells]


def test_what_makes_no_sense_is_refused() -> None:
    for stage, leads, reason in (
        (["a"], ["a"], "itself"),
        (["a", "b"], ["b"], "differ in length"),
        ([""], ["a"], "named"),
    ):
        with pytest.raises(InvalidColumnError, match=reason):
            absorption(stage, [1.0] * len(stage), leads, target="b")
    with pytest.raises(InvalidColumnError, match="must not be an exit"):
        absorption(["a"], [1.0], ["b"], target="b", exits=["b"])
    with pytest.raises(InvalidColumnError, match="duration must not be negative"):
        absorption(["a"], [-1.0], ["b"], target="b")


def two_times(
    generator: np.random.Generator, now: float, *, people: int = 600, watched: float = 60.0
) -> dict[str, Any]:
    """look leads to try at 70 %; try led to buy at 60 % in the past and does at `now` today."""
    columns: dict[str, list[Any]] = {"stage": [], "duration": [], "next_stage": [], "current": []}
    for current, rate in ((True, now), (False, 0.60)):
        tried = generator.random(people) < 0.70
        bought = generator.random(people) < rate
        for stage, chosen, onward in (("look", tried, "try"), ("try", bought, "buy")):
            there = np.ones(people, bool) if stage == "look" else tried
            stay = generator.exponential(10, people)
            leads = np.where(stay > watched, "", np.where(chosen, onward, "lost"))
            columns["stage"] += [stage] * int(there.sum())
            columns["duration"] += np.minimum(stay, watched)[there].tolist()
            columns["next_stage"] += leads[there].tolist()
            columns["current"] += [current] * int(there.sum())
    return columns


def test_a_stage_that_loses_conversions_is_found_with_what_it_costs() -> None:
    """600 look, 420 try; with .60 instead of .40 there would be 84 more."""
    found = bottlenecks(**two_times(np.random.default_rng(5), 0.40), target="buy", exits=["lost"])
    assert found.too_few == ()
    assert {one.stage: one.flagged for one in found.stages} == {"try": True, "look": False}
    worst = found.stages[0]
    assert worst.low < 84 < worst.high
    assert worst.conversion == pytest.approx(0.40, abs=0.06)
    assert worst.reference == pytest.approx(0.60, abs=0.06)
    assert worst.n == pytest.approx(420, abs=40)


def test_without_a_difference_hardly_anything_is_found() -> None:
    flags = [
        one.flagged
        for seed in range(60)
        for one in bottlenecks(
            **two_times(np.random.default_rng(seed), 0.60, people=150), target="buy", exits=["lost"], resamples=199
        ).stages
    ]
    assert len(flags) == 120
    assert sum(flags) <= 10


def test_a_reference_that_was_watched_longer_has_no_advantage() -> None:
    """The current spells are watched for 5 days, the past ones for 60, and nothing has changed."""
    short, long = (two_times(np.random.default_rng(3), 0.60, people=3_000, watched=days) for days in (5.0, 60.0))
    mixed: dict[str, Any] = {
        name: [value for value, now in zip(short[name], short["current"], strict=True) if now]
        + [value for value, now in zip(long[name], long["current"], strict=True) if not now]
        for name in short
    }
    for one in bottlenecks(**mixed, target="buy", exits=["lost"]).stages:
        assert not one.flagged
        assert one.conversion == pytest.approx(one.reference, abs=0.05)


def test_groups_are_judged_apart_and_under_one_control() -> None:
    bad, good = two_times(np.random.default_rng(1), 0.35), two_times(np.random.default_rng(2), 0.60)
    both = {name: bad[name] + good[name] for name in bad}
    groups = ["bad"] * len(bad["stage"]) + ["good"] * len(good["stage"])
    found = bottlenecks(**both, target="buy", exits=["lost"], group=groups)
    assert [(one.group, one.stage) for one in found.stages if one.flagged] == [("bad", "try")]


def test_under_thirty_spells_nothing_is_said() -> None:
    few = two_times(np.random.default_rng(1), 0.10, people=29)
    found = bottlenecks(**few, target="buy", exits=["lost"])
    assert found.stages == ()
    assert {(one.stage, one.need) for one in found.too_few} == {("look", 30), ("try", 30)}
    assert max(one.have for one in found.too_few) == 29


def test_benjamini_and_hochbergs_own_example() -> None:
    """Their table of 1995: fifteen values, of which four are discoveries at 5 %."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528]
    p += [0.7590, 1.0000]
    assert benjamini_hochberg(np.array(p[::-1]), 0.05).tolist() == [False] * 11 + [True] * 4
    assert benjamini_hochberg(np.empty(0), 0.05).tolist() == []


def test_the_next_stage_follows_from_the_time_already_waited() -> None:
    """Leaving at a constant rate of one in 20 days, two thirds of it for `buy`: waiting changes nothing."""
    generator = np.random.default_rng(4)
    stay = generator.exponential(20.0, 5_000)
    leads = np.where(stay > 60, "", np.where(generator.random(5_000) < 2 / 3, "buy", "lost"))
    model = NextStage().fit(np.minimum(stay, 60), leads)
    for waited in (0.0, 15.0, 45.0):
        for horizon in (7.0, 30.0, 90.0):
            truth = 2 / 3 * -np.expm1(-horizon / 20)
            found = model.probabilities(waited, horizon)["buy"]
            assert found.value == pytest.approx(truth, abs=0.045), (waited, horizon)
            assert found.low < found.value < found.high
    assert model.n_at_risk(0) == 5_000


def test_within_what_was_watched_it_is_the_share_of_those_who_waited_as_long() -> None:
    duration = np.repeat([1.0, 2.0, 3.0, 4.0], 40)
    leads = np.repeat(["a", "b", "a", ""], 40)
    model = NextStage().fit(duration, leads)
    assert (model.tail_from_, model.next_stages_, model.n_at_risk(2.0)) == (4.0, ("a", "b"), 80)
    found = model.probabilities(2.0, 1.5)
    assert found["a"].value == pytest.approx(0.5)
    assert found["b"].value == 0.0
    assert found["b"].high > 0
    assert model.probabilities(0.0, 2.0)["b"].value == pytest.approx(0.25)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["a", "b", ""])), min_size=30, max_size=60), st.floats(0, 40)
)
def test_chances_add_up_to_at_most_one_and_rise_with_the_horizon(people: list[tuple[int, str]], waited: float) -> None:
    model = NextStage().fit([one[0] for one in people], [one[1] for one in people])
    before = dict.fromkeys(model.next_stages_, 0.0)
    for horizon in (1.0, 7.0, 30.0, 90.0):
        found = model.probabilities(waited, horizon)
        assert sum(one.value for one in found.values()) <= 1 + 1e-9
        for name, one in found.items():
            assert one.value >= before[name] - 1e-9
            assert 0 <= one.low <= one.value <= one.high <= 1
            before[name] = one.value


def test_fewer_than_thirty_spells_are_no_model() -> None:
    with pytest.raises(InsufficientDataError) as caught:
        NextStage().fit([1.0] * 29, ["a"] * 29)
    assert (caught.value.need, caught.value.have) == (30, 29)


def test_a_log_of_entries_becomes_spells() -> None:
    spells = stage_spells(["a", "b", "a", "a", "b"], ["look", "look", "buy", "buy", "try"], [5, 1, 9, 10, 99], 20.0)
    assert list(
        zip(spells.customer, spells.stage, spells.entered, spells.duration, spells.next_stage, strict=True)
    ) == [
        ("a", "look", 5.0, 4.0, "buy"),
        ("a", "buy", 9.0, 11.0, ""),
        ("b", "look", 1.0, 19.0, ""),
    ]
