"""Tenants that a model can do little with: each gets finite figures, or is told plainly what is missing."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest

from api.intelligence.arrays import InvalidColumnError
from api.intelligence.churn import ContractualChurn, PurchaseChurn
from api.intelligence.clv import (
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    lifetime_value,
    summarize_transactions,
)
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.segmentation import PROSPECT, KMeansSegments, RfmThresholds, rfm

TODAY: Final = 400
Table = tuple[Any, Any, Any]


def thirty() -> Table:
    random = np.random.default_rng(1)
    count = random.integers(1, 9, 30)
    customer = np.repeat(np.arange(30), count)
    return customer, random.integers(0, TODAY, len(customer)), np.round(random.gamma(2, 20, len(customer)), 2)


def all_equal() -> Table:
    return np.repeat(np.arange(200), 3), np.tile([10, 50, 90], 200), np.full(600, 25.0)


def one_purchase_each() -> Table:
    return np.arange(300), np.arange(300), np.full(300, 9.0)


def future_dates() -> Table:
    customer, day, value = thirty()
    return np.r_[customer, np.arange(30, 60)], np.r_[day, np.full(30, TODAY + 50)], np.r_[value, np.full(30, 1e6)]


def negative_money() -> Table:
    customer, day, value = thirty()
    return np.r_[customer, customer], np.r_[day, day + 1], np.r_[value, -2 * value]


def one_customer() -> Table:
    return [7], [3], [0.0]


TENANTS: Final[dict[str, Callable[[], Table]]] = {
    made.__name__: made for made in (thirty, all_equal, one_purchase_each, future_dates, negative_money, one_customer)
}


@pytest.mark.parametrize("tenant", TENANTS)
def test_rfm_gives_everybody_a_name(tenant: str) -> None:
    customer, day, value = TENANTS[tenant]()
    found = rfm(customer, day, value, TODAY)
    assert found.customer.tolist() == sorted(set(np.asarray(customer)[np.asarray(day) <= TODAY].tolist()))
    buyer = found.label != PROSPECT
    assert ((found.r[buyer] >= 1) & (found.r[buyer] <= 5)).all()
    assert (found.recency[buyer] >= 0).all()
    assert np.isfinite(found.monetary).all()


def test_equal_customers_share_the_middle() -> None:
    found = rfm(*all_equal(), TODAY)
    assert set(zip(found.r.tolist(), found.f.tolist(), found.m.tolist(), strict=True)) == {(3, 3, 3)}


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("kind", [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD])
def test_counts_of_purchases_are_finite_for_every_tenant(tenant: str, kind: Any) -> None:
    known = summarize_transactions(*TENANTS[tenant](), TODAY)
    columns = known.frequency, known.recency / 7, known.age / 7
    model = kind().fit(*columns)
    expected = model.conditional_expected_purchases(13, *columns)
    chances = [model.probability_alive(*columns), model.probability_no_purchase(13, *columns)]
    assert (expected >= 0).all()
    assert (expected < 13 * 7 * 3).all()
    for chance in chances:
        assert ((chance >= 0) & (chance <= 1)).all()


NO_SPEND: Final = {
    "one_purchase_each": "no customer with a repeat purchase of a value above 0",
    "one_customer": "no customer with a repeat purchase of a value above 0",
    "negative_money": "no customer with a repeat purchase of a value above 0",
}


@pytest.mark.parametrize("tenant", TENANTS)
def test_value_is_finite_or_it_is_said_that_nobody_bought_twice(tenant: str) -> None:
    known = summarize_transactions(*TENANTS[tenant](), TODAY)
    if tenant in NO_SPEND:
        with pytest.raises(InvalidColumnError, match=NO_SPEND[tenant]):
            GammaGamma().fit(known.frequency, known.mean_value)
        return
    spend = GammaGamma().fit(known.frequency, known.mean_value)
    counts = BetaGeoNBD().fit(known.frequency, known.recency / 7, known.age / 7)
    value = lifetime_value(counts, spend, known, 13, unit=7, random_state=1, draws=50)
    assert np.isfinite(value.historic).all()
    assert spend.degenerate_ or np.isfinite(value.predicted).all()
    assert (value.low <= value.high).all()


def test_money_spent_after_today_counts_nowhere() -> None:
    late, now = (summarize_transactions(*made(), TODAY) for made in (future_dates, thirty))
    for name in ("customer", "frequency", "recency", "age", "first_value"):
        assert getattr(late, name).tolist() == getattr(now, name).tolist(), name


CLUSTERED: Final = {"all_equal": "do not vary", "one_customer": "do not vary"}


@pytest.mark.parametrize("tenant", TENANTS)
def test_clusters_are_found_or_it_is_said_that_all_are_alike(tenant: str) -> None:
    found = rfm(*TENANTS[tenant](), TODAY)
    buyer = found.label != PROSPECT
    columns = {name: getattr(found, name)[buyer] for name in ("recency", "frequency", "monetary")}
    if tenant in CLUSTERED:
        with pytest.raises(InvalidColumnError, match=CLUSTERED[tenant]):
            KMeansSegments(random_state=1).fit(columns)
        return
    segments = KMeansSegments(random_state=1).fit(columns)
    assert 2 <= segments.k_ <= 8
    assert len(segments.labels_) == buyer.sum()
    assert np.isfinite(segments.centers_).all()
    assert len(set(segments.names_)) == segments.k_


@pytest.mark.parametrize("tenant", TENANTS)
def test_buyers_too_few_or_all_alike_have_no_churn_model(tenant: str) -> None:
    with pytest.raises(InsufficientDataError) as refused:
        PurchaseChurn(60).fit(*TENANTS[tenant](), TODAY)
    assert refused.value.need > refused.value.have >= 0


def features(size: int) -> tuple[dict[str, Any], Any]:
    random = np.random.default_rng(3)
    use = random.normal(size=size)
    return {"use": use, "constant": np.ones(size), "country": ["GB"] * size}, random.random(size) < 1 / (
        1 + np.exp(use)
    )


def test_thirty_labelled_customers_or_one_class_are_told_with_what_is_needed() -> None:
    for size, churned in ((30, None), (300, np.zeros(300)), (300, np.ones(300))):
        table, drawn = features(size)
        with pytest.raises(InsufficientDataError) as refused:
            ContractualChurn().fit(table, drawn if churned is None else churned)
        assert (refused.value.what, refused.value.need) == ("customers of the rarer outcome", 50)
        assert refused.value.have < 50


def test_constant_features_move_nothing_and_alone_they_are_the_baseline() -> None:
    table, churned = features(400)
    model = ContractualChurn().fit(table, churned)
    moved = dict(zip(model.contributions(table).features, model.contributions(table).values.T, strict=True))
    assert np.abs(moved["constant"]).max() < 1e-9
    assert np.abs(moved["country"]).max() < 1e-9
    plain = ContractualChurn().fit({name: table[name] for name in ("constant", "country")}, churned)
    assert plain.champion_ == "best single feature"
    assert np.ptp(plain.predict_proba(table)[:, 1]) < 1e-12
    assert plain.predict_proba(table)[0, 1] == pytest.approx(churned.mean(), abs=0.02)


def test_a_tenant_of_prospects_has_no_thresholds() -> None:
    found = rfm(np.arange(40), np.arange(40), np.full(40, -1.0), TODAY)
    assert set(found.label) == {PROSPECT}
    buyer = found.label != PROSPECT
    with pytest.raises(InsufficientDataError) as refused:
        RfmThresholds.fit(found.recency[buyer], found.frequency[buyer], found.monetary[buyer])
    assert (refused.value.need, refused.value.have) == (25, 0)
