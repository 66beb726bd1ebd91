"""What a version is kept by gives what the fit gave; movement is foretold from what had ended."""

import json

import numpy as np
import pytest

from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.segmentation import FrozenClusters, KMeansSegments, RfmThresholds, backtest, rfm
from tests.intelligence.test_segments import islands


def test_frozen_clusters_assign_as_the_fit_did() -> None:
    table, _ = islands(600, 5)
    fitted = KMeansSegments(k=4, random_state=1).fit(table)
    frozen = FrozenClusters.from_json(json.loads(json.dumps(FrozenClusters.of(fitted).to_json())))
    assert (frozen.assign(table) == fitted.labels_).all()
    np.testing.assert_allclose(frozen.coordinates(table), fitted.coordinates(table), atol=1e-9)
    again = frozen.continued_by(KMeansSegments(k=4, random_state=2).fit(table))
    assert again is not None
    assert sorted(found for found in again.previous if found is not None) == [0, 1, 2, 3]


def test_thresholds_score_the_customers_they_come_from_as_rfm_does() -> None:
    random = np.random.default_rng(4)
    customer = random.integers(300, size=900)
    day, value = random.integers(365, size=900), random.integers(1, 40, size=900).astype(float)
    scores = rfm(customer, day, value, 365)
    bounds = RfmThresholds.fit(scores.recency, scores.frequency, scores.monetary)
    kept = RfmThresholds.from_json(json.loads(json.dumps(bounds.to_json())))
    found = kept.score(scores.recency, scores.frequency, scores.monetary)
    for mine, theirs in ((found.r, scores.r), (found.f, scores.f), (found.m, scores.m), (found.label, scores.label)):
        assert (mine == theirs).all()


def test_a_score_for_recency_falls_with_time_and_only_at_its_thresholds() -> None:
    recency = np.arange(1.0, 101)
    bounds = RfmThresholds.fit(recency, np.ones(100), np.ones(100))
    assert bounds.recency_days == (81.0, 61.0, 41.0, 21.0)
    days = np.array([0.0, 20.999, 21, 40.999, 41, 80.999, 81, 400])
    assert bounds.score(days, np.ones(8), np.ones(8)).r.tolist() == [5, 5, 4, 4, 3, 2, 1, 1]


def test_a_backtest_knows_nothing_of_what_it_foretells() -> None:
    """All stay until the last step, in which all move: what was foretold then was that they stay."""
    stays, moves = dict.fromkeys(range(50), 0), dict.fromkeys(range(50), 1)
    calm = backtest([stays, stays, stays], 1, 2)
    assert (calm.brier, calm.staying, calm.customers, calm.dates) == (0.0, 0.0, 50, 1)
    sudden = backtest([stays, stays, moves], 1, 2)
    assert (sudden.brier, sudden.staying) == (2.0, 2.0)


def test_a_backtest_needs_twice_its_horizon() -> None:
    with pytest.raises(InsufficientDataError) as refused:
        backtest([{1: 0}] * 4, 2, 2)
    assert (refused.value.need, refused.value.have) == (5, 4)
