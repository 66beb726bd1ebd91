"""What learns a probability, on the scale of log-odds, where what moved it adds up."""

from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from api.intelligence.arrays import Floats, Ints
from api.intelligence.churn.design import Design
from api.intelligence.frames import Frame

SMALLEST: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Contributions:
    """What moved each score: `base` and the row's `values` (rows, features) add up to its log-odds."""

    base: float
    values: Floats
    features: tuple[str, ...]

    @property
    def log_odds(self) -> Floats:
        return np.asarray(self.base + self.values.sum(axis=1), dtype=np.float64)

    def moved(self, slope: float, shift: float) -> "Contributions":
        return Contributions(slope * self.base + shift, slope * self.values, self.features)


class Learner(Protocol):
    def fit(self, frame: Frame, churned: Floats, random_state: int) -> Self: ...

    def contributions(self, frame: Frame) -> Contributions: ...


class BestSingleFeature:
    """The heuristic to beat: the rate seen in each fifth, or category, of the one feature that tells most alone."""

    def __init__(self, without: str | None = None) -> None:
        self.without = without

    def fit(self, frame: Frame, churned: Floats, random_state: int) -> Self:
        self.features = tuple(frame.names)
        self.base = float(logit(np.clip(churned.mean(), SMALLEST, 1 - SMALLEST)))
        self.chosen, least = 0, np.inf
        for position, name in enumerate(frame.names):
            if name == self.without:
                continue
            table = self._table(frame, name, churned)
            loss = float(np.mean((churned - self._rates(frame, name, table)) ** 2))
            if loss < least:
                self.chosen, self.table, least = position, table, loss
        return self

    def contributions(self, frame: Frame) -> Contributions:
        values = np.zeros((len(frame), len(self.features)))
        values[:, self.chosen] = logit(self._rates(frame, self.features[self.chosen], self.table)) - self.base
        return Contributions(self.base, values, self.features)

    def _table(self, frame: Frame, name: str, churned: Floats) -> tuple[Any, Floats]:
        if frame.is_category(name):
            keys, code = np.unique(frame.texts(name), return_inverse=True)
            edges: Any = {key: position for position, key in enumerate(keys.tolist())}
            size = len(keys)
        else:
            values = frame.numbers([name])[:, 0]
            edges = np.unique(np.quantile(values, [0.2, 0.4, 0.6, 0.8]))
            code, size = np.searchsorted(edges, values, side="left"), len(edges) + 1
        total = np.bincount(code, minlength=size)
        rates = (np.bincount(code, weights=churned, minlength=size) + churned.mean()) / (total + 1)
        return edges, np.clip(rates, SMALLEST, 1 - SMALLEST)

    def _rates(self, frame: Frame, name: str, table: tuple[Any, Floats]) -> Floats:
        edges, rates = table
        if isinstance(edges, dict):
            known = np.array([edges.get(text, -1) for text in frame.texts(name)])
            return np.where(known >= 0, rates[known], expit(self.base))
        return np.asarray(rates[np.searchsorted(edges, frame.numbers([name])[:, 0], side="left")], dtype=np.float64)


class GivenScore:
    """Log-odds that came with the features, as they are."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, frame: Frame, churned: Floats, random_state: int) -> Self:
        self.features = tuple(frame.names)
        self.base = float(frame.numbers([self.name]).mean())
        return self

    def contributions(self, frame: Frame) -> Contributions:
        values = np.zeros((len(frame), len(self.features)))
        values[:, self.features.index(self.name)] = frame.numbers([self.name])[:, 0] - self.base
        return Contributions(self.base, values, self.features)


class Logistic:
    """Logistic regression on splines and categories; contributions are exact."""

    def fit(self, frame: Frame, churned: Floats, random_state: int) -> Self:
        self.design = Design(splines=True).fit(frame)
        table = self.design.matrix(frame)
        self.scaler = StandardScaler().fit(table)
        self.model = LogisticRegression(C=0.3, max_iter=2_000).fit(self.scaler.transform(table), churned)
        return self

    def contributions(self, frame: Frame) -> Contributions:
        """Against the mean of all customers, so that the base is the log-odds of an average one."""
        parts = self.scaler.transform(self.design.matrix(frame)) * self.model.coef_[0]
        base = float(self.model.intercept_[0])
        return Contributions(base, self.design.by_feature(parts), tuple(self.design.features))


class Boosting:
    """Gradient boosted trees; contributions follow each row's way through them (Saabas 2014), and add up exactly."""

    def fit(self, frame: Frame, churned: Floats, random_state: int) -> Self:
        self.design = Design(splines=False).fit(frame)
        self.model = HistGradientBoostingClassifier(
            max_iter=120,
            learning_rate=0.06,
            max_leaf_nodes=12,
            min_samples_leaf=25,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=random_state,
        ).fit(self.design.matrix(frame), churned)
        self.trees = [Tree.of(predictor.nodes) for [predictor] in self.model._predictors]
        self.baseline = float(np.ravel(self.model._baseline_prediction)[0])
        return self

    def contributions(self, frame: Frame) -> Contributions:
        table = self.design.matrix(frame)
        parts = np.zeros_like(table)
        base = self.baseline
        for tree in self.trees:
            base += tree.add(table, parts)
        return Contributions(base, self.design.by_feature(parts), tuple(self.design.features))


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree with the mean of what lies below each node."""

    leaf: NDArray[np.bool_]
    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    mean: Floats

    @classmethod
    def of(cls, nodes: Any) -> "Tree":
        leaf = nodes["is_leaf"].astype(bool)
        left, right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
        mean = nodes["value"].astype(np.float64).copy()
        count = nodes["count"].astype(np.float64)
        for node in range(len(nodes) - 1, -1, -1):  # children stand after their parent
            if not leaf[node]:
                below = [left[node], right[node]]
                mean[node] = np.average(mean[below], weights=count[below])
        feature = nodes["feature_idx"].astype(np.int64)
        return cls(leaf, left, right, feature, nodes["num_threshold"].astype(np.float64), mean)

    def add(self, table: Floats, parts: Floats) -> float:
        """Adds each step's change to the column it was decided by; gives the mean at the root."""
        here = np.zeros(len(table), dtype=np.int64)
        rows = np.flatnonzero(~self.leaf[here])
        while len(rows):
            at = here[rows]
            column = self.feature[at]
            then = np.where(table[rows, column] <= self.threshold[at], self.left[at], self.right[at])
            parts[rows, column] += self.mean[then] - self.mean[at]
            here[rows] = then
            rows = rows[~self.leaf[then]]
        return float(self.mean[0])


class Stack:
    """The mean of the logistic's and the trees' log-odds."""

    def __init__(self) -> None:
        self.learners: tuple[Learner, ...] = (Logistic(), Boosting())

    def fit(self, frame: Frame, churned: Floats, random_state: int) -> Self:
        for learner in self.learners:
            learner.fit(frame, churned, random_state)
        return self

    def contributions(self, frame: Frame) -> Contributions:
        found = [learner.contributions(frame) for learner in self.learners]
        return Contributions(
            float(np.mean([one.base for one in found])),
            np.mean([one.values for one in found], axis=0),
            found[0].features,
        )
