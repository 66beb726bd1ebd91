"""Which candidate is shown: the best outside of what it has seen, if it beats the simple rule clearly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from api.intelligence.arrays import Floats
from api.intelligence.churn.calibration import Scores, Sigmoid, scores
from api.intelligence.insufficient import InsufficientDataError

LEAST_EVENTS: Final = 50
ENOUGH_EVENTS: Final = 250
CLEAR: Final = 2.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """`margin` is by how much its Brier score is less than the baseline's, with its standard error."""

    name: str
    scores: Scores
    margin: float
    margin_error: float

    @property
    def beats_baseline(self) -> bool:
        return self.margin > CLEAR * self.margin_error


@dataclass(frozen=True, slots=True)
class Choice:
    champion: str
    baseline: str
    candidates: tuple[Candidate, ...]


def events(churned: Floats) -> int:
    """The rarer of the two outcomes. Raises when there are too few of it to learn anything."""
    rarer = int(min(churned.sum(), len(churned) - churned.sum()))
    if rarer < LEAST_EVENTS:
        raise InsufficientDataError("customers of the rarer outcome", LEAST_EVENTS, rarer)
    return rarer


def choose(
    probability: Mapping[str, Floats], churned: Floats, baseline: str, random_state: int, groups: Floats | None = None
) -> Choice:
    """From probabilities that were foretold for rows not learned from. `groups` are rows that go together, such as
    those of one customer, so that the error of the margin is not made small by repetition."""
    loss = {name: (given - churned) ** 2 for name, given in probability.items()}
    found = []
    for name, given in probability.items():
        margin = _by_group(loss[baseline] - loss[name], groups)
        error = float(margin.std(ddof=1) / np.sqrt(len(margin))) if len(margin) > 1 else float("inf")
        found.append(Candidate(name, scores(given, churned, random_state), float(margin.mean()), error))
    best = min(found, key=lambda candidate: candidate.scores.brier)
    return Choice(best.name if best.beats_baseline else baseline, baseline, tuple(found))


def cross_fitted(log_odds: Floats, churned: Floats, folds: Floats) -> Floats:
    """Probabilities by a sigmoid that has not seen the row's fold."""
    probability = np.empty_like(log_odds)
    for fold in np.unique(folds):
        inside = folds == fold
        probability[inside] = Sigmoid.fit(log_odds[~inside], churned[~inside]).apply(log_odds[inside])
    return probability


def _by_group(values: Floats, groups: Floats | None) -> Floats:
    if groups is None:
        return values
    _, code = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(code, weights=values) / np.bincount(code), dtype=np.float64)
