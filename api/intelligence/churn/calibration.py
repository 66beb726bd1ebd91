"""Whether probabilities come true, and how far that can be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from api.intelligence.arrays import Floats

BINS: Final = 10
SIMULATIONS: Final = 200


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Of `n` customers with a probability from `low` to `high`, `churned` did; `interval` bounds their true rate."""

    low: float
    high: float
    mean: float
    n: int
    churned: int
    interval: tuple[float, float]

    @property
    def observed(self) -> float:
        return self.churned / self.n


@dataclass(frozen=True, slots=True)
class Scores:
    """`noise_floor` is the calibration error that perfect probabilities would show with as many customers."""

    brier: float
    auc: float
    calibration_error: float
    noise_floor: float
    lift_at_tenth: float


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """Platt's: a straight line on the log-odds, so that contributions still add up."""

    slope: float = 1.0
    shift: float = 0.0

    @classmethod
    def fit(cls, log_odds: Floats, churned: Floats) -> "Sigmoid":
        if np.ptp(log_odds) == 0:
            return cls()
        scale = float(log_odds.std())
        model = LogisticRegression(C=1e4, max_iter=1_000).fit((log_odds / scale)[:, None], churned)
        slope = float(model.coef_[0, 0]) / scale
        return cls(slope, float(model.intercept_[0])) if slope > 0 else cls()

    def centred(self, log_odds: Floats, rate: float) -> "Sigmoid":
        """Shifted so that the mean probability is the rate that was seen last."""

        def surplus(shift: float) -> float:
            return float(expit(self.slope * log_odds + shift).mean()) - rate

        return Sigmoid(self.slope, float(brentq(surplus, self.shift - 20, self.shift + 20)))

    def apply(self, log_odds: Floats) -> Floats:
        return np.asarray(expit(self.slope * log_odds + self.shift), dtype=np.float64)


def bins(probability: Floats, churned: Floats, count: int = BINS, level: float = 0.9) -> list[CalibrationBin]:
    """Bins of equal size. Equal probabilities share one."""
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, count + 1)))
    which = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, max(0, len(edges) - 2))
    found = []
    for number in np.unique(which):
        inside = which == number
        n, k = int(inside.sum()), int(churned[inside].sum())
        tail = (1 - level) / 2
        low = 0.0 if k == 0 else float(beta.ppf(tail, k + 0.5, n - k + 0.5))
        high = 1.0 if k == n else float(beta.ppf(1 - tail, k + 0.5, n - k + 0.5))
        here = probability[inside]
        found.append(CalibrationBin(float(here.min()), float(here.max()), float(here.mean()), n, k, (low, high)))
    return found


def bin_of(probability: Floats, known: Sequence[CalibrationBin]) -> list[CalibrationBin]:
    upper = np.array([one.high for one in known[:-1]])
    return [known[position] for position in np.searchsorted(upper, probability, side="left")]


def calibration_error(probability: Floats, churned: Floats) -> float:
    found = bins(probability, churned)
    return float(sum(one.n * abs(one.mean - one.observed) for one in found) / len(probability))


def scores(probability: Floats, churned: Floats, random_state: int) -> Scores:
    random = np.random.default_rng(random_state)
    floor = [
        calibration_error(probability, (random.random(len(probability)) < probability).astype(np.float64))
        for _ in range(SIMULATIONS)
    ]
    return Scores(
        brier=float(np.mean((probability - churned) ** 2)),
        auc=float(roc_auc_score(churned, probability)) if 0 < churned.mean() < 1 else float("nan"),
        calibration_error=calibration_error(probability, churned),
        noise_floor=float(np.mean(floor)),
        lift_at_tenth=_lift(probability, churned),
    )


def _lift(probability: Floats, churned: Floats) -> float:
    """How many times more of the tenth with the highest probabilities churned than of all."""
    tenth = max(1, len(probability) // 10)
    highest = np.argsort(-probability, kind="stable")[:tenth]
    return float(churned[highest].mean() / churned.mean()) if churned.any() else float("nan")
