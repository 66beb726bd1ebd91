"""What holds whatever the data: nothing lost, nothing that depends on order, nothing that goes the wrong way."""

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from api.intelligence.arrays import InvalidColumnError
from api.intelligence.churn import ContractualChurn
from api.intelligence.churn.panel import Purchases, observe
from api.intelligence.clv import BetaGeoBetaBinomial, BetaGeoNBD, GammaGamma, ParetoNBD
from api.intelligence.journeys import StageSpells, aalen_johansen, kaplan_meier, stage_spells
from api.intelligence.segmentation import PROSPECT, KMeansSegments, RfmThresholds, rfm
from tests.intelligence import cdnow
from tests.intelligence.test_churn import HORIZON, simulated
from tests.intelligence.test_segments import islands

TABLE: Final = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 100), st.integers(-50, 200)), min_size=1, max_size=80
)


@settings(deadline=None, max_examples=80)
@given(TABLE)
def test_everybody_is_in_one_cell_and_who_does_better_in_all_has_no_lower_score(
    rows: list[tuple[int, int, int]],
) -> None:
    customer, day, value = zip(*rows, strict=True)
    found = rfm(customer, day, value, 100)
    assert len(found.customer) == len({row[0] for row in rows})
    buyer = found.r > 0
    assert (buyer == (found.label != PROSPECT)).all()
    assert (buyer == (found.f > 0)).all()
    assert (buyer == (found.m > 0)).all()
    for values, scores in ((-found.recency, found.r), (found.frequency, found.f), (found.monetary, found.m)):
        order = np.argsort(values[buyer], kind="stable")
        assert (np.diff(scores[buyer][order]) >= 0).all()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 400), st.integers(1, 40), st.floats(0, 1e6)), min_size=25, max_size=80),
    st.tuples(st.floats(0, 1e4), st.integers(0, 1000), st.floats(-1e6, 1e9)),
)
def test_kept_thresholds_divide_the_whole_space_and_rise_with_each_axis(rows: list[Any], other: Any) -> None:
    bounds = RfmThresholds.fit(*zip(*rows, strict=True))
    recency, frequency, monetary = other
    here = bounds.score([recency], [frequency], [monetary])
    better = bounds.score([recency / 2], [frequency + 1], [monetary + 1])
    for name in ("r", "f", "m"):
        assert 1 <= getattr(here, name)[0] <= getattr(better, name)[0] <= 5
    assert here.label[0] != PROSPECT


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.integers(0, 30)), min_size=1, max_size=40),
    st.randoms(),
)
def test_spells_fill_the_time_of_each_customer_whatever_the_order_of_rows(rows: list[Any], dice: Any) -> None:
    rows = list({(who, entered): (who, stage, entered) for who, stage, entered in rows}.values())
    found = _spells(rows)
    for who in {row[0] for row in rows}:
        mine = found.customer == who
        first = min(entered for one, _, entered in rows if one == who)
        assert found.duration[mine].sum() == pytest.approx(31 - first)
        assert (found.next_stage[mine] == "").sum() == 1
        assert found.next_stage[mine][:-1].tolist() == found.stage[mine][1:].tolist()
    dice.shuffle(rows)
    again = _spells(rows)
    assert again.stage.tolist() == found.stage.tolist()
    assert again.duration.tolist() == found.duration.tolist()


def _spells(rows: list[Any]) -> StageSpells:
    customer, stage, entered = zip(*rows, strict=True)
    return stage_spells(customer, stage, entered, 31.0)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=40))
def test_fewer_stay_and_more_have_left_as_time_goes_on(people: list[tuple[int, int]]) -> None:
    durations, outcomes = zip(*people, strict=True)
    assert (np.diff(kaplan_meier(durations, np.array(outcomes) > 0).estimates) <= 1e-12).all()
    for curve in aalen_johansen(durations, outcomes, causes=2):
        assert (np.diff(curve.estimates) >= -1e-12).all()


def test_a_longer_silence_never_makes_anybody_likelier_to_be_there() -> None:
    pareto = ParetoNBD().fit(*cdnow.weeks())
    silence = np.arange(0.0, 60)
    alive = pareto.probability_alive(np.full(60, 3), np.full(60, 10.0), 10 + silence)
    assert (np.diff(alive) < 0).all()
    none = [pareto.probability_no_purchase(h, [0, 3], [0, 10], [20, 20]) for h in (1, 4, 13, 52)]
    assert (np.diff(none, axis=0) < 0).all()
    giver = BetaGeoBetaBinomial()
    giver.params_ = {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}
    assert (np.diff(giver.probability_alive([2] * 5, [2, 3, 4, 5, 6], [6] * 5)) > 0).all()
    assert (np.diff(giver.expected_purchases(np.arange(1.0, 20))) > 0).all()


def test_what_a_customer_is_worth_lies_between_his_own_mean_and_that_of_all_and_rises_with_it() -> None:
    known = cdnow.summary()
    model = GammaGamma().fit(known.frequency, known.mean_value)
    everybody = float(model.conditional_expected_value([0], [np.nan])[0])
    own = np.linspace(5, 300, 60)
    for frequency in (1, 4, 20):
        found = model.conditional_expected_value(np.full(60, frequency), own)
        assert (np.diff(found) > 0).all()
        # The middle that it is drawn to is p gamma / (q - 1) of all, weighed by (q - 1) / (p x + q - 1).
        assert ((np.minimum(own, everybody) <= found) & (found <= np.maximum(own, everybody))).all()


def test_clusters_do_not_depend_on_the_order_of_rows() -> None:
    columns, _ = islands(600, 4)
    order = np.random.default_rng(5).permutation(600)
    one = KMeansSegments(k=4, random_state=5).fit(columns)
    turned = KMeansSegments(k=4, random_state=5).fit({name: column[order] for name, column in columns.items()})
    assert adjusted_rand_score(one.labels_[order], turned.labels_) == pytest.approx(1)


def test_features_at_a_moment_do_not_depend_on_the_order_of_rows() -> None:
    sold = cdnow.transactions()
    order = np.random.default_rng(5).permutation(len(sold.date))
    one, turned = (
        observe(Purchases.of(sold.customer[rows], sold.date[rows], sold.value[rows]), 10_150.0, HORIZON)
        for rows in (slice(None), order)
    )
    assert (one.silent == turned.silent).all()
    for name in one.features.names:
        assert one.features.columns[name] == pytest.approx(turned.features.columns[name], rel=1e-9), name


def test_without_a_prior_about_half_of_the_samples_of_fifty_run_away_and_with_one_none_does() -> None:
    x, t_x, age = cdnow.weeks()
    random = np.random.default_rng(1)
    samples = [random.choice(len(x), 50, replace=False) for _ in range(60)]
    plain = [BetaGeoNBD(prior=None).fit(x[rows], t_x[rows], age[rows]).degenerate_ for rows in samples]
    held = [BetaGeoNBD().fit(x[rows], t_x[rows], age[rows]).degenerate_ for rows in samples]
    assert 0.3 < np.mean(plain) < 0.65
    assert not any(held)


def test_the_models_own_interval_of_the_total_misses_what_came() -> None:
    """Which is why totals carry a band from backtests: in weeks 40 to 78 the CDNOW sample bought 1,882 times."""
    known = cdnow.weeks()
    model = BetaGeoNBD(prior=None).fit(*known)
    totals = model.sample_purchases(39, *known, size=400, random_state=np.random.default_rng(1)).sum(axis=1)
    low, high = np.quantile(totals, [0.05, 0.95])
    assert cdnow.bought_later().sum() == 1_882
    assert high < 1_882
    assert low == pytest.approx(1_489, abs=75)
    assert high == pytest.approx(1_826, abs=75)


@pytest.mark.parametrize("written", ["label", "number", "text", "level"])
def test_a_column_that_is_the_future_label_does_not_get_in(written: str) -> None:
    features, churned = simulated(600, 5)
    column = {
        "label": churned,
        "number": np.where(churned == 1, -3.0, 5.0) + np.linspace(0, 1, 600),
        "text": np.where(churned == 1, "closed", "open"),
        "level": np.where(churned == 1, "closed", features["plan"]),
    }[written]
    with pytest.raises(InvalidColumnError, match="status tells every outcome: it was written down after it"):
        ContractualChurn().fit({**features, "status": column}, churned)
    ContractualChurn().fit({**features, "id": [f"c{number}" for number in range(600)]}, churned)


def test_what_lies_after_the_moment_is_learned_from_nobody() -> None:
    """The outcomes of a window are told by its own purchases alone: given to others, they tell nothing."""
    sold = cdnow.transactions()
    cutoff = float(np.datetime64("1997-09-01").astype(int))
    random = np.random.default_rng(2)
    moment = observe(Purchases.of(sold.customer, sold.date, sold.value), cutoff, HORIZON)
    some = np.sort(random.choice(len(moment.silent), 900, replace=False))
    features, silent = moment.features.rows(some), moment.silent[some]
    shuffled, honest = (ContractualChurn().fit(features, labels) for labels in (random.permutation(silent), silent))
    assert shuffled.card_["candidates"][shuffled.champion_]["auc"] == pytest.approx(0.5, abs=0.06)
    assert honest.card_["candidates"][honest.champion_]["auc"] > 0.75
