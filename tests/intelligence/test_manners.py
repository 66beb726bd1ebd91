"""scikit-learn's manners, for every public estimator; and plain words for what cannot be used."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from api.intelligence.actions import Arm, ThompsonPolicy, evaluate_policy
from api.intelligence.arrays import InvalidColumnError
from api.intelligence.churn import ContractualChurn, PurchaseChurn
from api.intelligence.clv import (
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    GammaGamma,
    LogNormalPrior,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    summarize_transactions,
)
from api.intelligence.journeys import (
    NextStage,
    aalen_johansen,
    absorption,
    bottlenecks,
    kaplan_meier,
    stage_spells,
)
from api.intelligence.segmentation import KMeansSegments, rfm

RANDOM: Final = np.random.default_rng(4)
USE: Final = RANDOM.normal(size=300)
LEFT: Final = RANDOM.random(300) < 1 / (1 + np.exp(USE))
BOUGHT: Final = np.repeat(np.arange(300), RANDOM.geometric(0.25, 300))
DAY: Final = RANDOM.integers(0, 200, 300)[BOUGHT] + RANDOM.gamma(1, 60, len(BOUGHT)).astype(int)
POINTS: Final = {"a": RANDOM.normal(size=200), "b": RANDOM.gamma(2, size=200)}
HISTORY: Final = ([2, 0, 5, 1], [30.43, 0.0, 20.0, 3.0], [38.86, 10.0, 30.0, 38.0])
COUNTS: Final = (BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD)

EXAMPLES: Final[tuple[tuple[Any, dict[str, Any], Callable[[Any], Any], Callable[[Any], Any]], ...]] = (
    *(
        (
            kind,
            {"prior": LogNormalPrior(1.0)},
            lambda model: model.fit(*HISTORY),
            lambda model: model.probability_alive(*HISTORY),
        )
        for kind in COUNTS
    ),
    (
        BetaGeoBetaBinomial,
        {"prior": None},
        lambda model: model.fit([2, 1, 0, 3], [4, 3, 0, 6], 6),
        lambda model: model.expected_purchases(3),
    ),
    (
        GammaGamma,
        {"prior": None},
        lambda model: model.fit([1, 3, 2, 5], [10.0, 22.0, 8.0, 31.0]),
        lambda model: model.conditional_expected_value([1], [9.0]),
    ),
    (
        ContractualChurn,
        {"random_state": 3},
        lambda model: model.fit({"use": USE}, LEFT),
        lambda model: model.predict_proba({"use": USE}),
    ),
    (
        PurchaseChurn,
        {"horizon": 40, "random_state": 3},
        lambda model: model.fit(BOUGHT, DAY, np.ones(len(DAY)), 300),
        lambda model: model.predict_proba(),
    ),
    (
        KMeansSegments,
        {"k": 2, "random_state": 3, "resamples": 2},
        lambda model: model.fit(POINTS),
        lambda model: model.predict(POINTS),
    ),
    (
        NextStage,
        {"least": 10},
        lambda model: model.fit(np.arange(20), ["buy", ""] * 10),
        lambda model: model.probabilities(1.0, 5.0),
    ),
    (
        ThompsonPolicy,
        {"arms": [Arm("mail", 5.0)], "floor": 0.1, "shrinkage": 3.0},
        lambda model: model.fit(["mail"], [True]),
        lambda model: model.decide(["mail"], 1),
    ),
)
ESTIMATORS: Final = {one[0].__name__: one for one in EXAMPLES}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_constructor_stores_and_fit_gives_the_estimator_with_what_it_learned(name: str) -> None:
    kind, given, fit, ask = ESTIMATORS[name]
    model = kind(**given)
    assert model.get_params() == given
    assert vars(model) == given
    copied = clone(model)
    assert (type(copied), copied.get_params()) == (kind, given)
    assert repr(model).startswith(f"{name}(")
    with pytest.raises(NotFittedError, match=f"This {name} is not fitted yet: call fit first"):
        ask(model)
    assert fit(model) is model
    learned = vars(model).keys() - given.keys()
    assert any(one.endswith("_") for one in learned)
    assert all(one.endswith("_") or one.startswith("_") for one in learned)
    assert model.get_params() == given
    ask(model)


def test_what_no_estimator_has_is_an_attribute_error_and_not_a_missing_fit() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'parameters'"):
        _ = BetaGeoNBD().parameters
    assert not hasattr(BetaGeoNBD(), "params_")


def test_churn_and_clusters_work_in_scikit_learns_own_tools() -> None:
    features = np.column_stack([USE, RANDOM.normal(size=300)])
    area = cross_val_score(ContractualChurn(random_state=1), features, LEFT, cv=2, scoring="roc_auc")
    assert (area > 0.6).all()
    model = ContractualChurn().fit({"use": USE}, np.where(LEFT, "Yes", "No"))
    assert model.classes_.tolist() == ["No", "Yes"]
    likelier = model.predict_proba({"use": USE})[:, 1] >= 0.5
    assert model.predict({"use": USE}).tolist() == np.where(likelier, "Yes", "No").tolist()
    clusters = KMeansSegments(2, resamples=2)
    assert clusters.fit_predict(POINTS).tolist() == clusters.labels_.tolist()


@pytest.mark.parametrize("kind", COUNTS)
def test_numbers_columns_and_a_horizon_for_each_customer_say_the_same(kind: Any) -> None:
    model = kind().fit(*HISTORY)
    horizons = [39.0, 0.0, 7.0, 1.0]
    single = list(zip(horizons, *HISTORY, strict=True))
    for ask in (model.conditional_expected_purchases, model.probability_no_purchase):
        assert ask(horizons, *HISTORY) == pytest.approx([float(ask(*one)) for one in single], rel=1e-12)
        assert ask(39, *HISTORY)[0] == pytest.approx(float(ask(*single[0])), rel=1e-12)
    alive = model.probability_alive(*HISTORY)
    assert float(model.probability_alive(*single[2][1:])) == pytest.approx(alive[2], rel=1e-12)
    assert model.probability_alive(0, 0, [5, 9]).shape == (2,)
    assert float(model.expected_purchases(39)) == model.expected_purchases([39])[0]


def test_periods_may_be_one_number_and_a_horizon_of_them_is_whole() -> None:
    model = BetaGeoBetaBinomial().fit([2, 1, 0, 3], [4, 3, 0, 6], 6)
    each = model.conditional_expected_purchases([5, 1], [2, 1], [4, 3], 6)
    assert model.fit(frequency=[2, 1, 0, 3], recency=[4, 3, 0, 6], age=6) is model
    assert each == pytest.approx(
        [
            float(model.conditional_expected_purchases(5, 2, 4, 6)),
            float(model.conditional_expected_purchases(1, 1, 3, 6)),
        ]
    )
    assert model.probability_no_purchase(3.0, 2, 4, 6) == model.probability_no_purchase(3, [2], [4], [6])[0]
    with pytest.raises(InvalidColumnError, match="horizon must be one whole number of periods"):
        model.probability_no_purchase(2.5, 2, 4, 6)


def untyped(given: Any) -> Any:
    """What no type allows."""
    return given


FITTED: Final = BetaGeoNBD().fit(*HISTORY)
TARGET: Final = np.tile([0.0, 1.0], (200, 1))
ODDS: Final = np.full(200, 0.5)


def evaluated(**given: Any) -> Any:
    columns = {"action": np.zeros(200), "reward": np.ones(200), "propensity": ODDS, "target": TARGET, **given}
    return evaluate_policy(**columns)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: FITTED.expected_purchases(-1), "t must not be negative"),
        (lambda: FITTED.conditional_expected_purchases(float("nan"), *HISTORY), "t must be finite"),
        (lambda: FITTED.conditional_expected_purchases([1, 2], *HISTORY), "t must be one number, or 4 as there are"),
        (lambda: FITTED.probability_no_purchase(-1, *HISTORY), "horizon must not be negative"),
        (lambda: BetaGeoBetaBinomial().fit([2, 1], [4, 2.5], 6), r"recency must be whole periods \(first in row 1\)"),
        (lambda: BetaGeoBetaBinomial().fit([2, 1], [4, 3], [6, 6.5]), r"age must be whole periods \(first in row 1\)"),
        (lambda: GammaGamma().fit([1, 2], ["5", "much"]), r"mean_value must be numbers \(first in row 1\)"),
        (lambda: summarize_transactions(["a"], [5], [1], "2024-01-01"), "date and until must both be dates, or both"),
        (lambda: rfm(["a"], ["2024-01-01"], [1], 20_000), "as_of and date must both be dates, or both be numbers"),
        (lambda: PurchaseChurn(0).fit(BOUGHT, DAY, DAY, 300), "horizon must be a number of days above 0, not 0"),
        (
            lambda: PurchaseChurn(untyped("60")).fit(BOUGHT, DAY, DAY, 300),
            "horizon must be a number of days above 0, not '60'",
        ),
        (lambda: KMeansSegments(0).fit(POINTS), 'k must be "auto" or a whole number from 1, not 0'),
        (lambda: KMeansSegments(untyped(2.5)).fit(POINTS), "not 2.5"),
        (lambda: KMeansSegments(untyped("three")).fit(POINTS), "not 'three'"),
        (lambda: ContractualChurn().fit({"use": USE}, ["left"] * 300), "churned must be 0 and 1, True and False, or"),
        (lambda: ContractualChurn().fit({"use": USE}, [None] * 300), r"churned must not be empty \(first in row 0\)"),
        (lambda: ContractualChurn().fit([["a", "b"]], [1]), "features must be numbers when they are no data frame"),
        (lambda: kaplan_meier([1, -1], [True, True]), r"durations must not be negative \(first in row 1\)"),
        (lambda: kaplan_meier([1, float("nan")], [1, 1]), r"durations must be finite \(first in row 1\)"),
        (lambda: kaplan_meier([1, 2], ["Yes", "No"]), "observed must be True and False, or 1 and 0"),
        (lambda: kaplan_meier([1, 2], untyped([None, True])), r"observed must not be empty \(first in row 0\)"),
        (lambda: kaplan_meier([1, 2], [1]), "the columns differ in length: durations 2, observed 1"),
        (lambda: aalen_johansen([1, 2], ["a", ""]), r"outcomes must be numbers \(first in row 0\)"),
        (lambda: aalen_johansen([1, 2], [0.5, 1]), r"outcomes must be whole numbers"),
        (lambda: bottlenecks(["a"], [1], ["b"], ["no"], target="b"), "current must be True and False, or 1 and 0"),
        (lambda: stage_spells(["a"], ["x"], [1], "2024-01-01"), "entered and until must both be dates"),
        (lambda: NextStage(1).fit([1], [""]).probabilities(-1, 7), "waited and horizon must be finite and not neg"),
        (lambda: ThompsonPolicy([Arm("a", 1)]).fit(["a"], [2]), "success must be True and False, or 1 and 0"),
        (lambda: ThompsonPolicy([Arm("a", 1)]).fit(["a", "a"], [1]), "differ in length: action 2, success 1"),
        (lambda: ThompsonPolicy([Arm("a", 1)]).fit([], []).propensities(["b"]), "eligible names b, which is no arm"),
        (lambda: ThompsonPolicy([Arm("a", float("nan"))]).fit([], []), "arms must have a value above 0"),
        (lambda: ThompsonPolicy([Arm("a", 1)], floor=2).fit([], []), "floor must be from 0 to 1"),
        (lambda: evaluated(target=TARGET[:, 1]), "target must be a table"),
        (lambda: evaluated(target=np.tile([-1.0, 2.0], (200, 1))), "target must not be negative"),
        (lambda: evaluated(target=TARGET * np.nan), "target must be finite"),
        (lambda: evaluated(action=np.full(200, 2)), r"action must be from 0 to 1 \(first in row 0\)"),
        (lambda: evaluated(action=["z"] * 200, actions=["a", "b"]), "action must be one of `actions`"),
        (lambda: evaluated(action=["a"] * 200, actions=["b", "a"]), "actions must be sorted, and as many as"),
        (lambda: evaluated(action=np.ones(200), expected=np.zeros((200, 3))), "expected must be as large as `target`"),
    ],
)
def test_what_cannot_be_used_is_told_in_words(ask: Callable[[], Any], told: str) -> None:
    with pytest.raises(InvalidColumnError, match=told):
        ask()


def test_dates_without_hyphens_are_the_same_days() -> None:
    written = ["20240131", "20240201", "20240301"]
    for dates in (written, [int(text) for text in written], np.array([int(text) for text in written], dtype=object)):
        found = summarize_transactions(["a"] * 3, dates, [1, 2, 3], "2024-03-02")
        assert (found.recency.tolist(), found.age.tolist()) == ([30.0], [31.0])


def test_spells_take_dates_and_spans_of_time_in_days() -> None:
    entered = np.array(["2024-01-01T00", "2024-01-02T12"], "datetime64[h]")
    spells = stage_spells(["a", "a"], ["look", "buy"], entered, "2024-01-04")
    assert spells.duration.tolist() == [1.5, 1.5]
    hours = np.array([36, 12], "timedelta64[h]")
    assert absorption(["a", "a"], hours, ["b", "b"], target="b", exits="lost", at=1.0)["a"].converted == 0.5
    assert kaplan_meier(hours, [True, True]).times.tolist() == [0.5, 1.5]
