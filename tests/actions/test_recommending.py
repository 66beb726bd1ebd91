"""Recommendations and what is told of their effect: pure."""

from datetime import date
from uuid import UUID, uuid4

import numpy as np
import pytest

from api.actions.catalogue import check, from_json, is_quiet, to_json
from api.actions.contracts import Action, Block, Catalogue, Limits, Proposal, ValueRule
from api.actions.defaults import DEFAULT
from api.actions.effect import judge, measure
from api.actions.recommending import RULES, recommend, seed_of
from api.errors import BadInputError
from api.intelligence.actions import in_holdout

ACTIONS = {code: Action(code, code, "email", 0, ValueRule.FIXED, 100.0, 7) for code in ("a", "b", "c")}


def proposal(code: str, expected: float, block: Block | None = None) -> Proposal:
    return Proposal(UUID(int=1), code, 0.5, 100, "RULES", 100.0, expected, block)


OPEN = [proposal("a", 50), proposal("b", 40), proposal("c", 90, Block.COOL_DOWN)]


def test_the_rules_recommend_the_best_open_action_and_keep_the_others_tried() -> None:
    found = [recommend(OPEN, ACTIONS, [], seed) for seed in range(400)]
    assert found[0].propensities == {"a": pytest.approx(0.975), "b": pytest.approx(0.025)}
    assert {one.policy_version for one in found} == {RULES}
    assert np.mean([one.action == "a" for one in found]) == pytest.approx(0.975, abs=0.025)
    one = found[0]
    assert one.action is not None
    assert one.propensity(one.action) == one.propensities[one.action]
    assert one.propensity("b" if one.action == "a" else "a") is None


def test_with_outcomes_thompson_sampling_turns_to_what_works() -> None:
    outcomes = [("a", False)] * 60 + [("b", True)] * 45 + [("b", False)] * 15
    found = recommend(OPEN, ACTIONS, outcomes, 7)
    assert found.policy_version == "thompson-120-45"
    assert found.propensities["b"] > 0.9
    assert sum(found.propensities.values()) == pytest.approx(1)
    assert min(found.propensities.values()) >= 0.05 / 3 - 1e-9


def test_when_all_is_blocked_nothing_is_recommended() -> None:
    found = recommend([proposal("c", 90, Block.WEEKLY_CAP)], ACTIONS, [], 1)
    assert (found.action, found.propensities) == (None, {})


def test_a_seed_is_one_customers_for_one_day() -> None:
    tenant, customer = uuid4(), uuid4()
    seed = seed_of(tenant, customer, date(2026, 3, 18))
    assert seed == seed_of(tenant, customer, date(2026, 3, 18))
    assert seed != seed_of(tenant, customer, date(2026, 3, 19))
    assert 0 <= seed < 2**63


def test_an_effect_is_told_from_the_hold_out_alone() -> None:
    tenant, generator = UUID(int=7), np.random.default_rng(2)  # drawn anew, one interval in twenty misses the truth
    customers = [UUID(int=number) for number in range(4_000)]
    spending = [
        (key, int(generator.normal(1_000, 200)) + (0 if in_holdout(str(key), str(tenant)) else 100))
        for key in customers
    ]
    found = measure(tenant, spending).uplift
    assert found is not None
    assert found.low < 100 < found.high
    assert found.is_clear
    few = measure(tenant, spending[:200])
    assert few.uplift is None
    assert few.need == 100
    assert few.have < 100


def test_another_policy_is_judged_from_a_hundred_decisions_on() -> None:
    """Both were drawn evenly; a succeeds at 70 %, b at 20 %: a policy that learned it comes near 70 %."""
    generator = np.random.default_rng(3)
    logged = []
    for _ in range(2_000):
        action = "a" if generator.random() < 0.5 else "b"
        logged.append((action, bool(generator.random() < (0.7 if action == "a" else 0.2)), 0.5, {"a": 0.5, "b": 0.5}))
    found = judge(logged).evaluation
    assert found is not None
    assert found.snips.value == pytest.approx(0.68, abs=0.05)
    assert found.dr is not None
    assert found.dr.bounds[0] < 0.68 < found.dr.bounds[1]
    assert found.dr.error < found.snips.error * 1.05
    few = judge(logged[:60])
    assert (few.evaluation, few.need) == (None, 100)
    assert judge([]).have == 0


@pytest.mark.parametrize(("hour", "quiet"), [(21, True), (23, True), (0, True), (7, True), (8, False), (19, False)])
def test_quiet_hours_may_run_over_midnight(hour: int, quiet: bool) -> None:
    assert is_quiet(hour, Limits(quiet_from=20, quiet_to=8)) is quiet


def test_without_quiet_hours_no_hour_is_quiet() -> None:
    assert not any(is_quiet(hour, Limits(quiet_from=5, quiet_to=5)) for hour in range(24))


def test_the_default_catalogue_is_one_that_may_be_set_and_read_again() -> None:
    check(DEFAULT)
    assert from_json(to_json(DEFAULT.actions)) == DEFAULT.actions
    assert [action.code for action in DEFAULT.actions] == ["upsell", "cross_sell", "retention", "re_engagement"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"code": "No"}, ("actions", "0", "code")),
        ({"code": "nothing"}, ("actions", "0", "code")),
        ({"channel": ""}, ("actions", "0", "channel")),
        ({"name": " "}, ("actions", "0", "name")),
        ({"value": 0.0}, ("actions", "0", "value")),
        ({"value": float("nan")}, ("actions", "0", "value")),
        ({"cost": -1}, ("actions", "0", "cost")),
        ({"min_orders": 5, "max_orders": 4}, ("actions", "0", "minOrders")),
    ],
)
def test_an_action_that_makes_no_sense_is_refused(change: dict[str, object], path: tuple[str, ...]) -> None:
    given: dict[str, object] = {"code": "a", "name": "A", "channel": "email", "cost": 0, "cooldown_days": 1}
    given |= {"value_rule": ValueRule.FIXED, "value": 1.0, **change}
    with pytest.raises(BadInputError) as caught:
        check(Catalogue((Action(**given),), Limits()))  # type: ignore[arg-type]
    assert caught.value.path == path


def test_limits_and_doubles_are_refused_too() -> None:
    action = ACTIONS["a"]
    for catalogue, path in (
        (Catalogue((), Limits()), ("actions",)),
        (Catalogue((action, action), Limits()), ("actions", "1", "code")),
        (Catalogue((action,), Limits(quiet_from=24)), ("quietFrom",)),
        (Catalogue((action,), Limits(weekly_cap=-1)), ("weeklyCap",)),
    ):
        with pytest.raises(BadInputError) as caught:
            check(catalogue)
        assert caught.value.path == path
