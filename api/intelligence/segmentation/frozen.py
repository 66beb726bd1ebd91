"""Clusters as they were found, in numbers that can be kept: new customers are assigned to them without a fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.spatial.distance import cdist
from scipy.stats import yeojohnson

from api.intelligence.arrays import Floats, Ints
from api.intelligence.frames import Frame
from api.intelligence.segmentation.kmeans import KMeansSegments
from api.intelligence.segmentation.matching import Match, match_centers

__all__ = ["FrozenClusters"]


@dataclass(frozen=True, slots=True)
class FrozenClusters:
    """`powers`, `means`, `scales` (features,) make the features symmetric and of one size; `centers` (clusters,
    features) lie in that space; `picture_center` and `loadings` (2, features) lead into the picture."""

    features: tuple[str, ...]
    powers: Floats
    means: Floats
    scales: Floats
    centers: Floats
    picture_center: Floats
    loadings: Floats

    @classmethod
    def of(cls, fitted: KMeansSegments) -> Self:
        powers, means, scales = fitted.transformation_
        return cls(
            tuple(fitted.feature_names_),
            powers,
            means,
            scales,
            fitted.transformed_centers_,
            fitted.picture_center_,
            fitted.loadings_,
        )

    def transform(self, features: Any) -> Floats:
        """(rows, features)"""
        table = Frame.of(features).only(self.features).numbers()
        columns = [yeojohnson(column, power) for column, power in zip(table.T, self.powers, strict=True)]
        return np.asarray((np.column_stack(columns) - self.means) / self.scales, dtype=np.float64)

    def assign(self, features: Any) -> Ints:
        return np.asarray(self.distances(features).argmin(axis=1), dtype=np.int64)

    def distances(self, features: Any) -> Floats:
        """(rows, clusters)"""
        return np.asarray(cdist(self.transform(features), self.centers), dtype=np.float64)

    def coordinates(self, features: Any) -> Floats:
        """(rows, 2), or (rows, 1) of a single feature"""
        return np.asarray((self.transform(features) - self.picture_center) @ self.loadings.T, dtype=np.float64)

    def continued_by(self, fitted: KMeansSegments) -> Match | None:
        """Which of these each cluster of a later version continues; None when that has other features."""
        if tuple(fitted.feature_names_) != self.features:
            return None
        columns = dict(zip(fitted.feature_names_, fitted.centers_.T, strict=True))
        return match_centers(self.transform(columns), self.centers)

    def to_json(self) -> dict[str, Any]:
        arrays = {name: getattr(self, name).tolist() for name in self.__slots__ if name != "features"}
        return {"features": list(self.features), **arrays}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        arrays = {name: np.asarray(given[name], dtype=np.float64) for name in cls.__slots__ if name != "features"}
        return cls(features=tuple(given["features"]), **arrays)
