"""K-means on features made symmetric (Yeo and Johnson 2000), with as many clusters as come out again and again."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any, Final, Literal, Self

import numpy as np
from sklearn.base import ClusterMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score
from sklearn.preprocessing import PowerTransformer

from api.intelligence.arrays import Floats, Ints, InvalidColumnError
from api.intelligence.estimator import Estimator
from api.intelligence.frames import Frame
from api.intelligence.progress import Progress, unheard
from api.intelligence.segmentation.matching import Match, match_centers
from api.intelligence.segmentation.naming import Distinction, distinctions, name_clusters
from api.intelligence.segmentation.quality import silhouette
from api.intelligence.threads import single_thread

SAMPLE: Final = 100_000
"""Fitted on this many at most: the rest is only assigned."""
BLOCK: Final = 65_536
RESAMPLED: Final = 4_000
JUDGED: Final = 3_000
RESAMPLES: Final = 20
LOOKED: Final = 20
CHOICES: Final = range(2, 9)
MEAN_STABILITY, MINIMUM_STABILITY, WEAKEST, SMALLEST = 0.90, 0.80, 0.75, 0.05
"""The mean and the minimum alone would let one of several clear clusters be cut anywhere."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How alike the clusterings of resampled customers are (adjusted Rand index); how well the least lasting cluster is
    found again (mean Jaccard index, Hennig 2007); the share of the smallest cluster."""

    mean: float
    minimum: float
    weakest: float
    smallest: float

    @property
    def holds(self) -> bool:
        lasting = self.mean >= MEAN_STABILITY and self.minimum >= MINIMUM_STABILITY and self.weakest >= WEAKEST
        return lasting and self.smallest >= SMALLEST


class KMeansSegments(ClusterMixin, Estimator):  # type: ignore[misc]  # scikit-learn has no types
    """`k` is a number or "auto": the largest of 2 to 8 that is stable, or 2 when none is (see `stability_`). With a
    number, `resamples=0` leaves the stability unknown and saves most of the time.

    After `fit`: labels_, k_, centers_ (k, features) in the features' own units, silhouette_, calinski_harabasz_,
    davies_bouldin_, stability_ by k, names_, distinctions_, explained_variance_ and loadings_ of the picture.
    """

    def __init__(self, k: int | Literal["auto"] = "auto", random_state: int = 0, resamples: int = RESAMPLES) -> None:
        self.k = k
        self.random_state = random_state
        self.resamples = resamples

    def fit(self, features: Any, progress: Progress = unheard) -> Self:
        """`progress` hears how many of the numbers of clusters have been tried, and may stop the fit by raising."""
        if self.k != "auto" and (isinstance(self.k, bool) or not isinstance(self.k, Integral) or self.k < 1):
            raise InvalidColumnError("k", f'must be "auto" or a whole number from 1, not {self.k!r}')
        if self.k == "auto" and self.resamples < 1:
            raise InvalidColumnError("resamples", "must be at least 1 when k is chosen by its stability")
        frame = Frame.of(features)
        table = frame.numbers()
        varying = np.ptp(table, axis=0) > 0
        if not varying.any():
            raise InvalidColumnError("features", "do not vary: all customers are alike")
        smallest = 2 if self.k == "auto" else self.k
        different = _different(table, max(2, smallest))
        if different < max(2, smallest):
            raise InvalidColumnError("features", f"have {different} different rows, too few for {smallest} clusters")
        self.feature_names_ = [name for name, varies in zip(frame.names, varying, strict=True) if varies]
        self.constant_features_ = [name for name, varies in zip(frame.names, varying, strict=True) if not varies]
        random = np.random.default_rng(self.random_state)
        with single_thread():
            self._fit(table if varying.all() else table[:, varying], random, progress)
        return self

    def predict(self, features: Any) -> Ints:
        points = self._transform(features)
        with single_thread():
            return np.asarray(self._nearest(points), dtype=np.int64)

    def coordinates(self, features: Any) -> Floats:
        """(rows, 2): where customers stand in the picture."""
        return np.asarray((self._transform(features) - self.picture_center_) @ self.loadings_.T, dtype=np.float64)

    def match(self, previous: "KMeansSegments") -> Match:
        """Which cluster of an earlier version each cluster continues. Both must be fitted to the same features."""
        if previous.feature_names_ != self.feature_names_:
            raise InvalidColumnError("features", "of the two versions differ")
        mine = previous._transformer.transform(self.centers_)
        return match_centers(mine, previous.transformed_centers_)

    @property
    def transformation_(self) -> tuple[Floats, Floats, Floats]:
        """The power of each feature (Yeo and Johnson), and the mean and scale of what it gives."""
        scaler = self._transformer._scaler
        return np.asarray(self._transformer.lambdas_), np.asarray(scaler.mean_), np.asarray(scaler.scale_)

    def _fit(self, table: Floats, random: np.random.Generator, progress: Progress) -> None:
        chosen = _sample(len(table), SAMPLE, random)
        self._transformer = PowerTransformer(method="yeo-johnson", standardize=True).fit(table[chosen])
        points = self._points(table)
        fitted = points[chosen]
        candidates = [k for k in CHOICES if k < len(fitted)] if self.k == "auto" else [self.k]
        clusterings = {k: _cluster(fitted, k, random) for k in candidates}
        self.stability_: dict[int, Stability] = {}
        for done, k in enumerate(candidates):
            progress(done, len(candidates))
            if self.resamples:
                self.stability_[k] = _stability(fitted, clusterings[k], random, self.resamples)
        progress(len(candidates), len(candidates))
        stable = [k for k, found in self.stability_.items() if found.holds]
        self.k_ = max(stable, default=min(candidates))
        self.transformed_centers_ = np.asarray(clusterings[self.k_].cluster_centers_, dtype=np.float64)
        self.labels_ = self._nearest(points)
        self.centers_ = self._transformer.inverse_transform(self.transformed_centers_)
        judged = _sample(len(points), JUDGED, random)
        self._judge(points[judged], self.labels_[judged])
        self.distinctions_: list[list[Distinction]] = distinctions(points, table, self.labels_, self.feature_names_)
        self.names_ = name_clusters(self.transformed_centers_, self.feature_names_, self.distinctions_)
        picture = PCA(n_components=min(2, points.shape[1]), random_state=self.random_state).fit(fitted)
        self.explained_variance_ = picture.explained_variance_ratio_
        self.loadings_ = picture.components_
        self.picture_center_ = picture.mean_

    def _judge(self, points: Floats, labels: Ints) -> None:
        several = 1 < len(np.unique(labels)) < len(points)
        self.silhouette_ = silhouette(points, labels) if several else float("nan")
        self.calinski_harabasz_ = float(calinski_harabasz_score(points, labels)) if several else float("nan")
        self.davies_bouldin_ = float(davies_bouldin_score(points, labels)) if several else float("nan")

    def _transform(self, features: Any) -> Floats:
        table = Frame.of(features).only(self.feature_names_).numbers()
        return self._points(table)

    def _points(self, table: Floats) -> Floats:
        """In blocks: the transformer keeps several copies of what it is given."""
        points = np.empty_like(table, order="C")
        for begin in range(0, len(table), BLOCK):
            points[begin : begin + BLOCK] = self._transformer.transform(table[begin : begin + BLOCK])
        return points

    def _nearest(self, points: Floats) -> Ints:
        centers = self.transformed_centers_
        size = (centers**2).sum(axis=1)
        nearest = np.empty(len(points), dtype=np.int64)
        for begin in range(0, len(points), BLOCK):
            part = points[begin : begin + BLOCK]
            nearest[begin : begin + BLOCK] = (size - 2 * part @ centers.T).argmin(axis=1)
        return nearest


def _different(table: Floats, enough: int) -> int:
    """How many rows differ; no more are looked at than it takes to see that there are enough."""
    few = len(np.unique(table[: LOOKED * enough], axis=0))
    return few if few >= enough else len(np.unique(table, axis=0))


def _cluster(points: Floats, k: int, random: np.random.Generator, tries: int = 10) -> KMeans:
    return KMeans(n_clusters=k, n_init=tries, random_state=int(random.integers(2**31))).fit(points)


def _stability(points: Floats, clustering: KMeans, random: np.random.Generator, resamples: int) -> Stability:
    few = points[_sample(len(points), RESAMPLED, random)]
    k = clustering.n_clusters
    reference = clustering.predict(few)
    alike, again = np.zeros(resamples), np.zeros((resamples, k))
    for turn in range(resamples):
        drawn = few[random.integers(len(few), size=len(few))]
        if _different(drawn, k) >= k:
            labels = _cluster(drawn, k, random, tries=3).predict(few)
            alike[turn] = adjusted_rand_score(reference, labels)
            again[turn] = _jaccard(reference, labels, k)
    sizes = np.bincount(clustering.labels_, minlength=k)
    return Stability(
        float(alike.mean()), float(alike.min()), float(again.mean(axis=0).min()), float(sizes.min() / sizes.sum())
    )


def _jaccard(reference: Ints, labels: Ints, k: int) -> Floats:
    """Of each cluster of the reference with the most similar one of the others."""
    both = np.zeros((k, k))
    np.add.at(both, (reference, labels), 1)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    return np.asarray((both / np.maximum(either, 1)).max(axis=1), dtype=np.float64)


def _sample(count: int, most: int, random: np.random.Generator) -> Any:
    if count <= most:
        return slice(None)
    return np.sort(random.choice(count, most, replace=False))
