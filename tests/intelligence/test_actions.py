"""Decisions whose chances are known, and what can be told from them."""

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.intelligence.actions import Arm, ThompsonPolicy, evaluate_policy, in_holdout, uplift
from api.intelligence.arrays import InvalidColumnError
from api.intelligence.insufficient import InsufficientDataError
from tests.support.datasets import rows

ARMS: Final = (Arm("call", 30, 2), Arm("email", 20, 0.1), Arm("offer", 40, 5))
CODES: Final = [arm.code for arm in ARMS]


def fitted(tried: dict[str, tuple[int, int]]) -> ThompsonPolicy:
    action = [code for code, (n, _) in tried.items() for _ in range(n)]
    success = [int(i < k) for n, k in tried.values() for i in range(n)]
    return ThompsonPolicy(ARMS).fit(action, success)


counts = st.integers(0, 200).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@settings(deadline=None, max_examples=50)
@given(st.fixed_dictionaries(dict.fromkeys(CODES, counts)), st.sets(st.sampled_from(CODES)))
def test_propensities_are_the_frequencies_of_sampling_and_add_up_to_one(
    tried: dict[str, tuple[int, int]], eligible: set[str]
) -> None:
    policy = fitted(tried)
    chances = policy.propensities(sorted(eligible))
    assert sum(chances.values()) == pytest.approx(1)
    assert min(chances.values()) >= policy.floor / (len(eligible) + 1) - 1e-12
    random = np.random.default_rng(0)
    worth = [
        random.beta(*policy._posterior(code), 20_000) * policy.arms_[code].value - policy.arms_[code].cost
        for code in sorted(eligible)
    ]
    best = np.argmax([*worth, np.zeros(20_000)], axis=0)
    for position, code in enumerate([*sorted(eligible), "nothing"]):
        sampled = (1 - policy.floor) * (best == position).mean() + policy.floor / (len(eligible) + 1)
        assert chances[code] == pytest.approx(sampled, abs=0.02), code


def test_a_decision_can_be_repeated_from_what_was_logged() -> None:
    policy = fitted({"call": (50, 10), "email": (80, 30), "offer": (20, 2)})
    decisions = [policy.decide(CODES, seed) for seed in range(300)]
    assert decisions == [policy.decide(CODES, decision.seed) for decision in decisions]
    assert all(decision.propensity == decision.propensities[decision.action] for decision in decisions)
    share = np.mean([decision.action == "email" for decision in decisions])
    assert share == pytest.approx(decisions[0].propensities["email"], abs=0.09)


def test_only_what_somebody_may_get_is_chosen_and_nothing_when_all_cost_more_than_they_bring() -> None:
    policy = fitted({"call": (500, 0), "email": (500, 250), "offer": (500, 0)})
    assert {policy.decide(["call", "offer"], seed).action for seed in range(200)} <= {"call", "offer", "nothing"}
    assert policy.propensities(["call", "offer"])["nothing"] > 0.95
    assert policy.decide([], 1).action == "nothing"
    with pytest.raises(InvalidColumnError, match="names sms"):
        policy.decide(["sms"], 1)


def test_one_lucky_success_makes_no_favourite() -> None:
    policy = fitted({"call": (1_000, 100), "email": (1_000, 100), "offer": (1, 1)})
    assert policy.expected_rate("offer") < 0.2


def test_the_policy_learns_the_best_action_and_keeps_trying_the_others() -> None:
    random = np.random.default_rng(2)
    rates = {"call": 0.05, "email": 0.15, "offer": 0.10}
    action: list[str] = []
    success: list[int] = []
    for turn in range(3_000):
        if turn % 50 == 0:
            policy = ThompsonPolicy(ARMS).fit(action, success)
            chances = policy.propensities(CODES)
        chosen = str(random.choice(list(chances), p=list(chances.values())))
        if chosen != "nothing":
            action.append(chosen)
            success.append(int(random.random() < rates[chosen]))
    assert chances["email"] > 0.8
    assert min(np.mean(np.array(action[-1_500:]) == code) for code in CODES) > 0.005


def test_the_value_of_a_policy_is_told_from_another_ones_decisions() -> None:
    """Both estimates hold the truth about as often as their bounds say."""
    held = {"snips": 0, "dr": 0}
    for seed in range(200):
        random = np.random.default_rng(seed)
        kind = random.integers(2, size=2_000)
        logging = np.where(kind[:, None] == 0, [0.7, 0.2, 0.1], [0.2, 0.4, 0.4])
        taken = (random.random((2_000, 1)) > logging.cumsum(axis=1)).sum(axis=1)
        rate = np.array([[0.1, 0.3, 0.2], [0.5, 0.2, 0.6]])
        reward = (random.random(2_000) < rate[kind, taken]).astype(float)
        target = np.where(kind[:, None] == 0, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0])
        truth = (0.3 + 0.6) / 2
        found = evaluate_policy(
            taken, reward, logging[np.arange(2_000), taken], target, expected=rate[kind] * 0.8 + 0.05
        )
        assert found.dr is not None
        for name, value in (("snips", found.snips), ("dr", found.dr)):
            low, high = value.bounds
            held[name] += low <= truth <= high
    assert 180 <= held["snips"] <= 199
    assert 180 <= held["dr"] <= 199


def test_with_too_few_effective_decisions_nothing_is_said() -> None:
    target = np.tile([0.0, 1.0], (500, 1))
    with pytest.raises(InsufficientDataError) as few:
        evaluate_policy([0] * 480 + [1] * 20, [1.0] * 500, [0.5] * 500, target)
    assert (few.value.need, few.value.have) == (100, 20)
    with pytest.raises(InvalidColumnError, match="propensity must be above 0"):
        evaluate_policy([0], [1.0], [0.0], [[1.0, 0.0]])


def test_on_the_e_mail_trial_personal_choice_is_not_told_from_mens_mail_for_all() -> None:
    """Hillstrom's randomised half: visits. What looks like a gain of personal choice is within its error."""
    found = rows("hillstrom_email_a.csv.gz")
    names = sorted({row["segment"] for row in found})
    taken = np.array([row["segment"] for row in found])
    visited = np.array([float(row["visit"]) for row in found])
    bought_mens = np.array([int(row["mens"]) for row in found])
    mens, womens = (next(i for i, name in enumerate(names) if name.startswith(kind)) for kind in ("Men", "Wom"))

    def value(choice: Any) -> Any:
        return evaluate_policy(taken, visited, np.full(len(found), 1 / 3), np.eye(3)[choice], actions=names).snips

    always = value(np.full(len(found), mens))
    personal = value(np.where(bought_mens == 1, mens, womens))
    truth = visited[taken == names[mens]].mean()
    assert always.value == pytest.approx(truth)
    assert always.value == pytest.approx(0.18, abs=0.02)
    assert abs(personal.value - always.value) < 4 * personal.error


def test_the_hold_out_is_a_tenth_the_same_for_ever_and_another_one_for_each_tenant() -> None:
    held = [in_holdout(f"c{number}", "acme") for number in range(20_000)]
    assert np.mean(held) == pytest.approx(0.10, abs=0.01)
    assert held == [in_holdout(f"c{number}", "acme") for number in range(20_000)]
    other = [in_holdout(f"c{number}", "globex") for number in range(20_000)]
    assert np.mean([one and two for one, two in zip(held, other, strict=True)]) == pytest.approx(0.01, abs=0.005)


def test_uplift_is_said_from_the_hold_out_only_with_bounds_that_hold() -> None:
    random = np.random.default_rng(6)
    held = 0
    for _ in range(400):
        found = uplift(random.random(900) < 0.25, random.random(200) < 0.20)
        held += found.low <= 0.05 <= found.high
    assert 368 <= held <= 392
    with pytest.raises(InsufficientDataError):
        uplift(np.ones(500), np.ones(50))
