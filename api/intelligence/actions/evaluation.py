"""What another policy would have brought, told from what was logged while this one decided."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import norm

from api.intelligence.arrays import Floats, Ints, InvalidColumnError, as_floats, as_keys, refuse, same_length
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
    chances = _table("target", target)
    taken = _positions(action, actions, chances.shape[1])
    same_length({"action": taken, "reward": rewards, "propensity": logged, "target": chances})
    refuse("propensity", (logged <= 0) | (logged > 1), "must be above 0 and at most 1")
    refuse("target", chances.min(axis=1) < 0, "must not be negative")
    refuse("target", np.abs(chances.sum(axis=1) - 1) > 1e-6, "must add up to 1")
    rows = np.arange(len(rewards))
    weight = chances[rows, taken] / logged
    effective = float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0
    if effective < LEAST_EFFECTIVE:
        raise InsufficientDataError("effective decisions", LEAST_EFFECTIVE, int(effective))
    value = float((weight * rewards).sum() / weight.sum())
    error = float(np.sqrt((weight**2 * (rewards - value) ** 2).sum()) / weight.sum())
    dr = None if expected is None else _doubly_robust(rewards, weight, chances, taken, expected)
    return Evaluation(PolicyValue(value, error), dr, effective, len(rewards))


def _positions(action: Any, actions: Any, size: int) -> Ints:
    """Of each action taken, among those of `target`."""
    if actions is None:
        taken = as_floats("action", action)
        refuse("action", (taken != np.floor(taken)) | (taken < 0) | (taken >= size), f"must be from 0 to {size - 1}")
        return taken.astype(np.int64)
    names = as_keys("actions", actions)
    if len(names) != size or (names[1:] <= names[:-1]).any():
        raise InvalidColumnError("actions", f"must be sorted, and as many as `target` has columns: {size}")
    keys = as_keys("action", action)
    refuse("action", ~np.isin(keys, names), "must be one of `actions`")
    return np.searchsorted(names, keys).astype(np.int64)


def _table(name: str, given: Any) -> Floats:
    """(decisions, actions)"""
    found = np.asarray(given, dtype=np.float64)
    if found.ndim != 2:
        raise InvalidColumnError(name, "must be a table: a row for each decision, a column for each action")
    refuse(name, ~np.isfinite(found.sum(axis=1)), "must be finite")
    return found


def _doubly_robust(rewards: Floats, weight: Floats, chances: Floats, taken: Ints, expected: Any) -> PolicyValue:
    model = _table("expected", expected)
    if model.shape != chances.shape:
        raise InvalidColumnError("expected", f"must be as large as `target`: {chances.shape}, not {model.shape}")
    told = (chances * model).sum(axis=1) + weight * (rewards - model[np.arange(len(rewards)), taken])
    return PolicyValue(float(told.mean()), float(told.std(ddof=1) / np.sqrt(len(told))))
