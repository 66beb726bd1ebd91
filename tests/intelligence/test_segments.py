"""Clusters: found where they are, stable, named by what they are, matched over versions."""

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_info

from api.intelligence.arrays import InvalidColumnError
from api.intelligence.segmentation import FrozenClusters, KMeansSegments, kmeans, movement, rfm
from api.intelligence.segmentation.naming import DIRECTIONS, name_clusters
from api.intelligence.segmentation.quality import silhouette
from api.intelligence.threads import single_thread
from tests.intelligence import cdnow

NAMES: Final = ("recency", "frequency", "monetary")
CENTERS: Final = np.array([[10.0, 20, 900], [200, 2, 40], [15, 1, 30], [180, 15, 700]])
KINDS: Final = ("champion", "hibernating", "new_customer", "at_risk")


def islands(size: int, seed: int) -> tuple[dict[str, Any], Any]:
    random = np.random.default_rng(seed)
    kind = random.integers(len(CENTERS), size=size)
    table = CENTERS[kind] * random.lognormal(0, 0.12, (size, 3))
    return dict(zip(NAMES, table.T, strict=True)), kind


@pytest.fixture(scope="module")
def found() -> KMeansSegments:
    return KMeansSegments(random_state=3).fit(islands(1_500, 1)[0])


def test_the_number_of_clusters_is_the_true_one_and_each_customer_is_in_his(found: KMeansSegments) -> None:
    assert found.k_ == 4
    assert adjusted_rand_score(islands(1_500, 1)[1], found.labels_) > 0.99
    assert found.stability_[4].mean > 0.99
    assert not found.stability_[5].holds
    assert found.silhouette_ > 0.6


def test_clusters_are_named_by_where_they_lie(found: KMeansSegments) -> None:
    _, kind = islands(1_500, 1)
    named = {KINDS[truth]: found.names_[label] for truth, label in zip(kind, found.labels_, strict=True)}
    assert named == {kind: kind for kind in KINDS}
    champion = found.distinctions_[found.names_.index("champion")]
    assert {part.feature: part.effect > 0 for part in champion} == {
        "recency": False,
        "frequency": True,
        "monetary": True,
    }
    assert all((part.mean > part.mean_elsewhere) == (part.effect > 0) for part in champion)
    assert [abs(part.effect) for part in champion] == sorted((abs(part.effect) for part in champion), reverse=True)


def test_a_name_is_never_given_against_its_own_meaning() -> None:
    """Those who bought once, long ago, are no new customers, however little they bought."""
    sold = cdnow.transactions()
    scores = rfm(sold.customer, sold.date, sold.value, cdnow.END)
    columns = dict(zip(NAMES, (scores.recency, scores.frequency, scores.monetary), strict=True))
    segments = KMeansSegments(k=6, random_state=1).fit(columns)
    for name, center in zip(segments.names_, segments.transformed_centers_, strict=True):
        for feature, weight in DIRECTIONS.get(name, {}).items():
            if feature in NAMES:
                assert weight * center[NAMES.index(feature)] > 0, (name, feature)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*[st.floats(-3, 3)] * 3), min_size=2, max_size=8, unique=True))
def test_names_are_different_and_on_their_side(centers: list[tuple[float, float, float]]) -> None:
    names = name_clusters(np.array(centers), NAMES, [[] for _ in centers])
    assert len(set(names)) == len(centers)


def test_new_customers_are_put_where_fitting_them_would_have(found: KMeansSegments) -> None:
    fresh, kind = islands(500, 9)
    assert adjusted_rand_score(kind, found.predict(fresh)) > 0.99
    assert found.coordinates(fresh).shape == (500, 2)
    assert 0 < found.explained_variance_.sum() <= 1 + 1e-9
    assert (found.predict(islands(1_500, 1)[0]) == found.labels_).all()


def test_a_version_fitted_anew_is_matched_to_the_one_before(found: KMeansSegments) -> None:
    again = KMeansSegments(k=4, random_state=8).fit(islands(1_500, 2)[0])
    match = again.match(found)
    assert {old for old in match.previous if old is not None} == {0, 1, 2, 3}
    assert [found.names_[old] for old in match.previous if old is not None] == again.names_


def test_a_cluster_that_was_cut_anew_continues_none(found: KMeansSegments) -> None:
    columns, _ = islands(1_500, 2)
    moved = {**columns, "recency": np.asarray(columns["recency"]) * 30}
    match = KMeansSegments(k=4, random_state=8).fit(moved).match(found)
    assert None in match.previous


def test_the_same_seed_gives_the_same_clusters_and_column_order_does_not_matter() -> None:
    columns, _ = islands(600, 4)
    one, two = (KMeansSegments(k=4, random_state=5).fit(columns) for _ in range(2))
    assert (one.labels_ == two.labels_).all()
    turned = KMeansSegments(k=4, random_state=5).fit(dict(reversed(columns.items())))
    assert adjusted_rand_score(one.labels_, turned.labels_) == pytest.approx(1)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"a": [1.0] * 30, "b": [2.0] * 30}, "do not vary"),
        ({"a": [1.0, 2.0, 2.0]}, "have 2 different rows, too few for 3"),
        ({"a": [1.0, float("nan")]}, "a must be finite (first in row 1)"),
        ({"a": [1.0, 2.0], "b": [1.0]}, "differ in length"),
    ],
)
def test_what_cannot_be_clustered_is_told(columns: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidColumnError) as refused:
        KMeansSegments(k=3).fit(columns)
    assert told in str(refused.value)


def test_constant_features_are_left_out_and_named() -> None:
    columns, _ = islands(300, 1)
    assert KMeansSegments(k=2).fit({**columns, "country": [1.0] * 300}).constant_features_ == ["country"]


@pytest.mark.parametrize("size", [5, 40, 1_300])
def test_the_silhouette_is_scikit_learns(size: int) -> None:
    random = np.random.default_rng(size)
    points, labels = random.normal(size=(size, 3)), random.integers(3, size=size)
    labels[0], labels[1:] = 7, labels[1:] % 2
    assert silhouette(points, labels) == pytest.approx(silhouette_score(points, labels), rel=1e-9)
    assert silhouette(np.zeros((4, 2)), np.array([0, 0, 1, 1])) == 0.0


def test_without_resamples_the_clusters_are_the_same_and_their_stability_is_unknown(found: KMeansSegments) -> None:
    table, _ = islands(1_500, 1)
    quick = KMeansSegments(k=4, random_state=3, resamples=0).fit(table)
    assert adjusted_rand_score(quick.labels_, found.labels_) == 1
    assert (quick.stability_, quick.k_) == ({}, 4)
    assert quick.names_ == KMeansSegments(k=4, random_state=3).fit(table).names_
    with pytest.raises(ValueError, match="resamples must be at least 1"):
        KMeansSegments(resamples=0).fit(table)


def test_many_customers_are_fitted_by_a_sample_and_assigned_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kmeans, "SAMPLE", 500)
    monkeypatch.setattr(kmeans, "BLOCK", 400)
    table, kind = islands(2_100, 6)
    found = KMeansSegments(k=4, random_state=3, resamples=0).fit(table)
    assert adjusted_rand_score(kind, found.labels_) > 0.99
    blurred = dict(zip(NAMES, np.random.default_rng(7).lognormal(3, 1, (3, 2_100)), strict=True))
    found = KMeansSegments(k=4, random_state=3, resamples=0).fit(blurred)
    assert (found.predict(blurred) == found.labels_).all()
    assert (FrozenClusters.of(found).assign(blurred) == found.labels_).all()


def test_fits_use_one_thread() -> None:
    with single_thread():
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}


def test_movement_counts_shares_and_hides_small_rows() -> None:
    before = ["a"] * 40 + ["b"] * 10
    after = ["a"] * 30 + ["b"] * 10 + ["a"] * 10
    found = movement(before, after, ["a", "b", "c"])
    assert found.counts.tolist() == [[30, 10, 0], [10, 0, 0], [0, 0, 0]]
    assert found.share[0].tolist() == [0.75, 0.25, 0.0]
    assert found.shown.tolist() == [True, False, False]
    assert found.change[0].tolist() == [0.0, 0.75, 0.25]
    assert found.change[1].tolist() == [1.0, 0.0, 0.0]
    assert found.low[0][0] < 0.75 < found.high[0][0]
    assert np.isnan(found.share[2]).all()
    with pytest.raises(InvalidColumnError, match="do not hold d"):
        movement(["d"], ["a"], ["a", "b"])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=200))
def test_nobody_is_lost_in_movement(moves: list[tuple[str, str]]) -> None:
    found = movement([one for one, _ in moves], [two for _, two in moves], list("abc"))
    assert found.counts.sum() == len(moves)
    known = found.counts.sum(axis=1) > 0
    assert found.share[known].sum(axis=1) == pytest.approx(1)
    assert found.change[known].sum(axis=1) == pytest.approx(1)
    assert (found.low[known] <= found.share[known] + 1e-12).all()
    assert (found.share[known] <= found.high[known] + 1e-12).all()


def test_the_jeffreys_interval_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    held = 0
    for _ in range(1_000):
        went = random.random(60) < 0.3
        found = movement(["a"] * 60, np.where(went, "b", "a"), ["a", "b"], level=0.9)
        held += bool(found.low[0, 1] <= 0.3 <= found.high[0, 1])
    assert 870 <= held <= 940
