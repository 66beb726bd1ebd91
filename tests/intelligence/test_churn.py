"""Churn of both kinds: as good as the references, calibrated, additive, and unable to look ahead."""

from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pytest
from scipy.special import logit

from api.intelligence.arrays import InvalidColumnError
from api.intelligence.churn import ContractualChurn, PurchaseChurn
from api.intelligence.churn.calibration import bins, calibration_error, scores
from api.intelligence.churn.panel import Purchases, observe
from api.intelligence.insufficient import InsufficientDataError
from tests.intelligence import cdnow
from tests.support.datasets import rows

NUMBERS: Final = {"tenure", "monthly_charges", "total_charges"}
TESTED: Final = np.datetime64("1998-04-01")
HORIZON: Final = 91


def telco() -> tuple[dict[str, Any], list[str]]:
    found = rows("telco_churn_ibm.csv.gz")
    features = {
        name: np.array([float(row[name] or 0) if name in NUMBERS else row[name] for row in found])
        for name in found[0]
        if name != "churn"
    }
    return features, [row["churn"] for row in found]


@cache
def contractual() -> ContractualChurn:
    return ContractualChurn(random_state=1).fit(*telco())


@cache
def buying() -> PurchaseChurn:
    sold = cdnow.transactions()
    return PurchaseChurn(HORIZON, random_state=1).fit(sold.customer, sold.date, sold.value, TESTED)


def simulated(size: int, seed: int, noise: float = 1.0) -> tuple[dict[str, Any], Any]:
    random = np.random.default_rng(seed)
    age, plan, useless = random.normal(size=size), random.choice(["a", "b"], size), random.normal(size=size)
    odds = 1.2 * age + 0.8 * (plan == "b") - 1.0
    return {"age": age, "plan": plan, "useless": useless}, (random.logistic(0, noise, size) < odds).astype(float)


def test_contractual_churn_is_as_good_as_the_reference_and_no_better() -> None:
    """An AUC of .86 and more on these customers has always meant that something leaked."""
    champion = contractual().card_["candidates"][contractual().champion_]
    assert 0.840 < champion["auc"] < 0.860
    assert 0.130 < champion["brier"] < 0.137
    assert champion["lift_at_tenth"] > 2.7
    assert champion["calibration_error"] < 2 * champion["noise_floor"]
    assert champion["margin"] > 2 * champion["margin_error"]


def test_churn_of_buyers_is_as_good_as_the_reference_on_what_came_later() -> None:
    sold = cdnow.transactions()
    model = buying()
    end = TESTED + np.timedelta64(HORIZON, "D")
    later = sold.customer[(sold.date > TESTED) & (sold.date <= end)]
    silent = (~np.isin(model.customers_, later)).astype(float)
    found = scores(model.predict_proba()[:, 1], silent, 0)
    assert 0.82 < found.auc < 0.86
    assert found.brier < 0.092


def test_being_alive_is_not_staying() -> None:
    """By 1 - P(alive) every one-time buyer is loyal; what is shown puts them last."""
    model = buying()
    once = model._now.columns["purchase_days"] == 1
    probability = model.predict_proba()[:, 1]
    assert probability[once].mean() > probability[~once].mean() + 0.1


@pytest.mark.parametrize("champion", ["best single feature", "purchase model", "logistic", "boosting", "stack"])
def test_contributions_add_up_to_the_log_odds(champion: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.intelligence.churn import selection, walking

    def only(*given: Any, **named: Any) -> Any:
        found = selection.choose(*given, **named)
        return selection.Choice(champion, found.baseline, found.candidates)

    monkeypatch.setattr(walking, "choose", only)
    sold = cdnow.transactions()
    model = PurchaseChurn(HORIZON).fit(sold.customer, sold.date, sold.value, TESTED)
    assert model.champion_ == champion
    parts, probability = model.contributions(), model.predict_proba()[:, 1]
    assert np.abs(parts.base + parts.values.sum(axis=1) - logit(probability)).max() < 1e-9
    assert parts.features == tuple(model.card_["features"])


def test_contributions_of_contractual_churn_add_up_and_point_the_right_way() -> None:
    features, churned = simulated(4_000, 3)
    model = ContractualChurn().fit(features, churned)
    parts, probability = model.contributions(features), model.predict_proba(features)[:, 1]
    assert np.abs(parts.log_odds - logit(probability)).max() < 1e-9
    moved = dict(zip(parts.features, parts.values.T, strict=True))
    assert np.corrcoef(moved["age"], features["age"])[0, 1] > 0.9
    assert moved["plan"][features["plan"] == "b"].mean() > moved["plan"][features["plan"] == "a"].mean()
    assert np.abs(moved["useless"]).mean() < np.abs(moved["age"]).mean() / 5


def test_probabilities_come_true_on_customers_not_seen() -> None:
    model = ContractualChurn().fit(*simulated(4_000, 3))
    features, churned = simulated(20_000, 4)
    probability = model.predict_proba(features)[:, 1]
    assert calibration_error(probability, churned) < 0.02
    for probed, alike in zip(probability[:50], model.alike(features)[:50], strict=True):
        assert alike.n >= alike.churned >= 0
        assert alike.low - 0.05 <= probed <= alike.high + 0.05
        assert alike.interval[0] <= alike.observed <= alike.interval[1]


def test_a_later_purchase_changes_no_feature() -> None:
    sold = cdnow.transactions()
    cutoff = float(np.datetime64("1997-09-30").astype(int))
    whole = observe(Purchases.of(sold.customer, sold.date, sold.value), cutoff, HORIZON)
    known = sold.date <= np.datetime64("1997-09-30")
    early = observe(Purchases.of(sold.customer[known], sold.date[known], sold.value[known]), cutoff, HORIZON)
    for name in whole.features.names:
        assert (whole.features.columns[name] == early.features.columns[name]).all(), name
    assert whole.silent.mean() < early.silent.mean() == 1


def test_with_the_future_given_to_strangers_nothing_is_foretold() -> None:
    """Each customer's purchases after the cutoffs are those of another: what is left is chance."""
    sold = cdnow.transactions()
    random = np.random.default_rng(1)
    names = np.unique(sold.customer)
    swapped = dict(zip(names, random.permutation(names), strict=True))
    cutoff = np.datetime64("1997-09-01")
    customer = np.where(sold.date > cutoff, [swapped[key] for key in sold.customer], sold.customer)
    moment = observe(Purchases.of(customer, sold.date, sold.value), float(cutoff.astype(int)), HORIZON)
    for name in moment.features.names:
        assert scores(moment.features.columns[name], moment.silent, 0).auc == pytest.approx(0.5, abs=0.05), name


def test_labels_that_mean_nothing_are_answered_with_the_baseline() -> None:
    features, churned = simulated(1_500, 5)
    model = ContractualChurn().fit(features, np.random.default_rng(0).permutation(churned))
    assert model.champion_ == "best single feature"
    assert model.card_["champion_is_baseline"]


def test_the_same_data_and_seed_give_the_same_card() -> None:
    features, churned = simulated(800, 6)
    cards = [ContractualChurn(random_state=4).fit(features, churned).card_ for _ in range(2)]
    assert cards[0] == cards[1]
    other = ContractualChurn(random_state=4).fit({**features, "age": features["age"] + 1e-9}, churned).card_
    assert other["data_hash"] != cards[0]["data_hash"]


def test_below_250_of_the_rarer_outcome_only_the_logistic_competes() -> None:
    features, churned = simulated(500, 7)
    assert min(churned.sum(), 500 - churned.sum()) < 250
    assert set(ContractualChurn().fit(features, churned).card_["candidates"]) == {"best single feature", "logistic"}


def test_too_little_is_told_with_what_is_needed_and_what_is_there() -> None:
    features, churned = simulated(60, 8)
    with pytest.raises(InsufficientDataError) as few:
        ContractualChurn().fit(features, churned)
    assert (few.value.need, few.value.have) == (50, int(min(churned.sum(), 60 - churned.sum())))
    with pytest.raises(InsufficientDataError) as one_class:
        ContractualChurn().fit(features, np.zeros(60))
    assert one_class.value.have == 0
    sold = cdnow.transactions()
    with pytest.raises(InsufficientDataError) as short:
        PurchaseChurn(365).fit(sold.customer, sold.date, sold.value, TESTED)
    assert (short.value.what, short.value.need, short.value.have) == ("days of history", 1095, 455)


def test_thirty_customers_are_too_few() -> None:
    sold = cdnow.transactions()
    few = sold.customer < 30
    with pytest.raises(InsufficientDataError):
        PurchaseChurn(HORIZON).fit(sold.customer[few], sold.date[few], sold.value[few], TESTED)


def test_what_is_not_a_label_is_refused_and_unknown_categories_are_not() -> None:
    features, churned = simulated(800, 9)
    with pytest.raises(InvalidColumnError, match="must be 0 and 1"):
        ContractualChurn().fit(features, ["maybe"] * 800)
    with pytest.raises(InvalidColumnError, match="has 3 rows, the features 800"):
        ContractualChurn().fit(features, [0, 1, 0])
    model = ContractualChurn().fit({**features, "constant": np.ones(800)}, churned)
    strange = model.predict_proba({"age": [0.0], "plan": ["c"], "useless": [0.0], "constant": [1.0]})
    assert 0 < strange[0, 1] < 1
    with pytest.raises(InvalidColumnError, match="features lack plan"):
        model.predict_proba({"age": [0.0], "useless": [0.0], "constant": [1.0]})


def test_perfect_probabilities_show_the_calibration_error_that_is_called_noise() -> None:
    random = np.random.default_rng(3)
    probability = random.random(1_409)
    errors = [calibration_error(probability, (random.random(1_409) < probability).astype(float)) for _ in range(50)]
    found = scores(probability, (random.random(1_409) < probability).astype(float), 0)
    assert found.noise_floor == pytest.approx(np.mean(errors), rel=0.1)


def test_bins_hold_everybody_once() -> None:
    random = np.random.default_rng(4)
    probability = np.round(random.random(500), 1)
    churned = (random.random(500) < probability).astype(float)
    found = bins(probability, churned)
    assert sum(one.n for one in found) == 500
    assert sum(one.churned for one in found) == churned.sum()
    assert all(one.high <= other.low for one, other in pairwise(found))
