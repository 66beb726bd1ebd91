"""From a table of features to the matrix a learner takes, and from its columns back to the features."""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from sklearn.preprocessing import SplineTransformer

from api.intelligence.arrays import Floats
from api.intelligence.frames import Frame

MOST_CATEGORIES: Final = 25
OTHER: Final = "\0other"
FEW_VALUES: Final = 6
KNOTS: Final = 5


@dataclass
class Design:
    """`splines` bends what numbers do; without it they stay as they are. Every category is a column of its own."""

    splines: bool
    categories: dict[str, list[str]] = field(default_factory=dict)
    bent: dict[str, SplineTransformer] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    """For each column of the matrix, the position of its feature."""

    def fit(self, frame: Frame) -> Self:
        self.features = frame.names
        for name in frame.names:
            if frame.is_category(name):
                texts, counts = np.unique(frame.texts(name), return_counts=True)
                kept = texts[np.argsort(-counts, kind="stable")][:MOST_CATEGORIES].tolist()
                self.categories[name] = sorted(kept) + ([OTHER] if len(texts) > MOST_CATEGORIES else [])
            elif self.splines:
                values = frame.numbers([name])
                if len(np.unique(values)) > FEW_VALUES and len(np.unique(_knots(values))) == KNOTS:
                    self.bent[name] = SplineTransformer(
                        degree=3, knots=_knots(values), extrapolation="linear", include_bias=False
                    ).fit(values)
        self.owner = [self.features.index(name) for name, part in self._parts(frame) for _ in range(part.shape[1])]
        return self

    def matrix(self, frame: Frame) -> Floats:
        return np.hstack([part for _, part in self._parts(frame)])

    def by_feature(self, columns: Floats) -> Floats:
        """Sums what belongs to one feature: (rows, columns) to (rows, features)."""
        found = np.zeros((len(columns), len(self.features)))
        np.add.at(found.T, self.owner, columns.T)
        return found

    def _parts(self, frame: Frame) -> list[tuple[str, Floats]]:
        parts: list[tuple[str, Floats]] = []
        for name in self.features:
            if name in self.categories:
                known = self.categories[name]
                texts = np.array([text if text in known else OTHER for text in frame.texts(name)])
                parts.append((name, (texts[:, None] == np.array(known)).astype(np.float64)))
            elif name in self.bent:
                parts.append((name, self.bent[name].transform(frame.numbers([name]))))
            else:
                parts.append((name, frame.numbers([name])))
        return parts


def _knots(values: Floats) -> Floats:
    return np.quantile(values, np.linspace(0.02, 0.98, KNOTS))[:, None]
