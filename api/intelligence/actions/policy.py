"""Thompson sampling (1933) over the value of actions, with exact propensities and a floor that keeps all of them
tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from scipy.stats import beta

from api.intelligence.arrays import Floats, InvalidColumnError, as_keys, as_yes_or_no, same_length
from api.intelligence.estimator import Estimator

FLOOR: Final = 0.05
SHRINKAGE: Final = 20.0
"""How many observations the rate of all actions together counts for in that of one."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(96)
QUANTILES: Final = (NODES + 1) / 2
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Arm:
    """An action: what its success is worth and what trying it costs, in the same unit."""

    code: str
    value: float
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that must be kept to judge it later. `propensity` is that of the chosen action."""

    action: str
    propensity: float
    propensities: Mapping[str, float]
    expected_value: float
    policy_version: str
    seed: int


def draw(chances: Mapping[str, float], seed: int) -> str:
    """One of them; the same seed draws the same one."""
    names = list(chances)
    return names[int(np.random.default_rng(seed).choice(len(names), p=list(chances.values())))]


class ThompsonPolicy(Estimator):
    """`fit` takes what was tried and whether it succeeded. An action's rate is drawn towards that of all actions, so
    that one lucky success does not make a favourite. Doing nothing is worth 0 and always allowed."""

    def __init__(self, arms: Sequence[Arm], *, floor: float = FLOOR, shrinkage: float = SHRINKAGE) -> None:
        self.arms = arms
        self.floor = floor
        self.shrinkage = shrinkage

    def fit(self, action: Any, success: Any) -> Self:
        self.arms_ = {arm.code: arm for arm in self.arms}
        self._check()
        tried, succeeded = as_keys("action", action).astype(str), as_yes_or_no("success", success)
        if len(tried) + len(succeeded):
            same_length({"action": tried, "success": succeeded})
        self._refuse_unknown("action", tried.tolist())
        total, good = len(tried), float(succeeded.sum())
        self.rate_ = (good + 1) / (total + 2)
        self.tried_ = {code: int((tried == code).sum()) for code in self.arms_}
        self.succeeded_ = {code: float(succeeded[tried == code].sum()) for code in self.arms_}
        self.version_ = f"thompson-{total}-{good:g}"
        return self

    def expected_rate(self, code: str) -> float:
        a, b = self._posterior(code)
        return a / (a + b)

    def propensities(self, eligible: Sequence[str]) -> dict[str, float]:
        """The chance of each action to be chosen: that its value is the highest, mixed with the floor for all alike."""
        self._refuse_unknown("eligible", eligible)
        codes = list(dict.fromkeys(eligible))
        best = {code: self._best(code, codes) for code in codes}
        best[NOTHING] = float(np.prod([self._below(code, np.zeros(1))[0] for code in codes]))
        total = sum(best.values())
        uniform = self.floor / len(best)
        return {code: (1 - self.floor) * chance / total + uniform for code, chance in best.items()}

    def decide(self, eligible: Sequence[str], seed: int) -> Decision:
        chances = self.propensities(eligible)
        chosen = draw(chances, seed)
        worth = 0.0
        if chosen != NOTHING:
            worth = self.expected_rate(chosen) * self.arms_[chosen].value - self.arms_[chosen].cost
        return Decision(chosen, chances[chosen], chances, worth, self.version_, seed)

    def _check(self) -> None:
        if len(self.arms_) < len(self.arms) or NOTHING in self.arms_:
            raise InvalidColumnError("arms", f"must have different codes, none of them {NOTHING!r}")
        if not all(0 < arm.value < np.inf and 0 <= arm.cost < np.inf for arm in self.arms):
            raise InvalidColumnError("arms", "must have a value above 0 and a cost of at least 0")
        if not 0 <= self.floor <= 1:
            raise InvalidColumnError("floor", "must be from 0 to 1")
        if not 0 < self.shrinkage < np.inf:
            raise InvalidColumnError("shrinkage", "must be above 0")

    def _refuse_unknown(self, name: str, codes: Sequence[str]) -> None:
        unknown = sorted({str(code) for code in codes} - set(self.arms_))
        if unknown:
            raise InvalidColumnError(name, f"names {', '.join(unknown)}, which is no arm")

    def _posterior(self, code: str) -> tuple[float, float]:
        good, tried = self.succeeded_[code], self.tried_[code]
        return good + self.shrinkage * self.rate_, tried - good + self.shrinkage * (1 - self.rate_)

    def _best(self, code: str, codes: Sequence[str]) -> float:
        """The integral over the action's own value of the chance that all others, and nothing, are worth less."""
        arm = self.arms_[code]
        worth = beta.ppf(QUANTILES, *self._posterior(code)) * arm.value - arm.cost
        below = np.where(worth > 0, 1.0, 0.0)
        for other in codes:
            if other != code:
                below = below * self._below(other, worth)
        return float(below @ WEIGHTS / 2)

    def _below(self, code: str, worth: Floats) -> Floats:
        """The chance that an action is worth less."""
        arm = self.arms_[code]
        return np.asarray(beta.cdf((worth + arm.cost) / arm.value, *self._posterior(code)), dtype=np.float64)
