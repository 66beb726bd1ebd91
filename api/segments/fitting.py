"""From what customers did to a version of a method: the numbers it is kept by, and its quality. No input or output."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import numpy as np

from api.intelligence.arrays import Floats
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.segmentation import (
    LABELS,
    FrozenClusters,
    KMeansSegments,
    RfmThresholds,
    backtest,
)
from api.intelligence.segmentation.thresholds import POSITIONS
from api.segments.features_repository import Buyers

MINIMUM_CLUSTERED: Final = 100
"""With fewer, the smallest share of a cluster (5 %) is a handful of people."""
GOOD: Final = {
    "recency": -1.0,
    "frequency": 1.0,
    "monetary": 1.0,
    "average_value": 0.5,
    "refund_share": -0.5,
    "events_30d": 0.5,
    "sessions_30d": 0.5,
}
"""By what clusters are put in their order, in standard deviations."""
STEP_DAYS: Final = 30
HORIZONS: Final = (30, 60, 90, 120)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a version. `previous` is the position of the group that it continues."""

    name: str
    traits: list[dict[str, Any]] | None = None
    previous: int | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """`place` gives the positions of customers by their columns of `features`."""

    model: dict[str, Any]
    quality: dict[str, Any]
    groups: tuple[Group, ...]
    features: tuple[str, ...]
    place: Callable[[Mapping[str, Floats]], Sequence[int]]


def fit_rfm(buyers: Buyers) -> Fitted:
    bounds = RfmThresholds.fit(buyers.recency, buyers.frequency, buyers.monetary)

    def place(columns: Mapping[str, Floats]) -> Sequence[int]:
        scores = bounds.score(columns["recency"], columns["frequency"], columns["monetary"])
        return [POSITIONS[name] for name in scores.label.tolist()]

    features = ("recency", "frequency", "monetary")
    return Fitted(bounds.to_json(), {}, tuple(Group(name) for name in LABELS), features, place)


def fit_clusters(
    columns: Mapping[str, Floats],
    k: int | None,
    seed: int,
    previous: FrozenClusters | None,
    progress: Callable[[int, int], None],
) -> Fitted:
    have = len(next(iter(columns.values())))
    if have < MINIMUM_CLUSTERED:
        raise InsufficientDataError("customers with a purchase", MINIMUM_CLUSTERED, have)
    fitted = KMeansSegments("auto" if k is None else k, random_state=seed).fit(columns, progress)
    found = FrozenClusters.of(fitted)
    signs = np.array([GOOD.get(name, 0.0) for name in found.features])
    order = np.argsort(-(found.centers @ signs), kind="stable")
    frozen = replace(found, centers=found.centers[order])
    match = None if previous is None else previous.continued_by(fitted)
    groups = tuple(
        Group(
            fitted.names_[cluster],
            [
                {
                    "feature": part.feature,
                    "effect": part.effect,
                    "mean": part.mean,
                    "meanElsewhere": part.mean_elsewhere,
                }
                for part in fitted.distinctions_[cluster]
            ],
            None if match is None else match.previous[cluster],
        )
        for cluster in order.tolist()
    )

    def place(given: Mapping[str, Floats]) -> Sequence[int]:
        positions: list[int] = frozen.assign(given).tolist()
        return positions

    return Fitted(frozen.to_json(), _quality(fitted, k), groups, frozen.features, place)


def _quality(fitted: KMeansSegments, k: int | None) -> dict[str, Any]:
    chosen = fitted.stability_[fitted.k_]
    return {
        "clusters": fitted.k_,
        "automatic": k is None,
        "stable": chosen.holds,
        "silhouette": finite(fitted.silhouette_),
        "calinskiHarabasz": finite(fitted.calinski_harabasz_),
        "daviesBouldin": finite(fitted.davies_bouldin_),
        "stability": [
            {
                "clusters": tried,
                "mean": found.mean,
                "minimum": found.minimum,
                "weakest": found.weakest,
                "smallest": found.smallest,
                "holds": found.holds,
            }
            for tried, found in fitted.stability_.items()
        ],
        "explainedVariance": fitted.explained_variance_.tolist(),
        "loadings": fitted.loadings_.tolist(),
        "features": list(fitted.feature_names_),
        "constantFeatures": list(fitted.constant_features_),
    }


def backtests(states: Sequence[Mapping[UUID, int]], groups: int) -> list[dict[str, Any]]:
    """For each horizon, how well earlier movement foretold the later. `states` are `STEP_DAYS` apart, oldest first."""
    found: list[dict[str, Any]] = []
    for days in HORIZONS:
        try:
            tested = backtest(states, days // STEP_DAYS, groups)
        except InsufficientDataError as error:
            need, have = ((count - 1) * STEP_DAYS for count in (error.need, max(error.have, 1)))
            found.append({"horizonDays": days, "need": need, "have": have})
            continue
        found.append(
            {
                "horizonDays": days,
                "brier": tested.brier,
                "brierOfStaying": tested.staying,
                "customers": tested.customers,
                "dates": tested.dates,
            }
        )
    return found


def data_hash(buyers: Buyers, columns: Mapping[str, Floats]) -> str:
    """Of what a version is fitted to: the customers in their order, and each column with its name."""
    digest = hashlib.sha256()
    for key in buyers.customer:
        digest.update(key.bytes)
    for name, column in columns.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(column, dtype="<f8").tobytes())
    return digest.hexdigest()


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
