"""What another policy would have brought, told from what was logged while this one decided."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import norm

from api.intelligence.arrays import Floats, InvalidColumnError, as_floats, refuse, same_length
from api.intelligence.insufficient import InsufficientDataError

LEAST_EFFECTIVE: Final = 100


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """The mean reward of a decision, its standard error, and 95 % bounds."""

    value: float
    error: float

    @property
    def bounds(self) -> tuple[float, float]:
        reach = float(norm.ppf(0.975)) * self.error
        return self.value - reach, self.value + reach


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`snips` weighs logged rewards (Swaminathan, Joachims 2015); `dr` corrects a model of rewards by them (Dudik and
    others 2011), None without a model. `effective_n` is how many logged decisions the weights leave."""

    snips: PolicyValue
    dr: PolicyValue | None
    effective_n: float
    n: int


def evaluate_policy(
    action: Any, reward: Any, propensity: Any, target: Any, *, expected: Any = None, actions: Any = None
) -> Evaluation:
    """Of each logged decision: the position of its action among `actions` or the action itself when they are named, its
    reward, the propensity it was chosen with, and in `target` (decisions, actions) the chances that the policy in
    question would give each action. `expected` (decisions, actions) are a model's rewards. Raises InsufficientDataError
    when fewer than 100 effective decisions are left."""
    rewards, logged = as_floats("reward", reward), as_floats("propensity", propensity)
    chances = np.asarray(target, dtype=np.float64)
    taken = np.asarray(action)
    if actions is not None:
        taken = np.searchsorted(names := np.asarray(actions), taken)
        if (np.diff(names.argsort()) != 1).any():
            raise InvalidColumnError("actions", "must be sorted")
    same_length({"action": taken, "reward": rewards, "propensity": logged, "target": chances})
    refuse("propensity", (logged <= 0) | (logged > 1), "must be above 0 and at most 1")
    refuse("target", np.abs(chances.sum(axis=1) - 1) > 1e-6, "must add up to 1")
    rows = np.arange(len(rewards))
    weight = chances[rows, taken.astype(np.int64)] / logged
    effective = float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0
    if effective < LEAST_EFFECTIVE:
        raise InsufficientDataError("effective decisions", LEAST_EFFECTIVE, int(effective))
    value = float((weight * rewards).sum() / weight.sum())
    error = float(np.sqrt((weight**2 * (rewards - value) ** 2).sum()) / weight.sum())
    dr = None if expected is None else _doubly_robust(rewards, weight, chances, taken.astype(np.int64), expected)
    return Evaluation(PolicyValue(value, error), dr, effective, len(rewards))


def _doubly_robust(rewards: Floats, weight: Floats, chances: Floats, taken: Any, expected: Any) -> PolicyValue:
    model = np.asarray(expected, dtype=np.float64)
    told = (chances * model).sum(axis=1) + weight * (rewards - model[np.arange(len(rewards)), taken])
    return PolicyValue(float(told.mean()), float(told.std(ddof=1) / np.sqrt(len(told))))
