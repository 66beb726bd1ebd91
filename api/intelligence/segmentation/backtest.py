"""How well past movement foretold the movement after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from api.intelligence.arrays import Floats, Ints
from api.intelligence.insufficient import InsufficientDataError

SHRINKAGE = 1.0
"""One customer's weight of staying, so that a segment nobody was in yet foretells no impossibility."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """Mean over customers of the squared error over all segments (Brier 1950): 0 is perfect, 2 the worst.

    `staying` is that of foretelling that everybody stays. `dates` at which something was foretold."""

    brier: float
    staying: float
    customers: int
    dates: int


def backtest(states: Sequence[Mapping[Any, int]], step: int, segments: int) -> Backtest:
    """`states` give each customer's segment at equally spaced dates, oldest first; the horizon is `step` of them. What
    is foretold at a date knows only of movement that had ended by then."""
    need = 2 * step + 1
    if len(states) < need:
        raise InsufficientDataError("dates", need, len(states))
    counts = [_counts(states[i], states[i + step], segments) for i in range(len(states) - step)]
    error, staying, customers, dates = 0.0, 0.0, 0, 0
    for begin in range(step, len(states) - step):
        known = np.sum(counts[: begin - step + 1], axis=0)
        after = counts[begin]
        met = int(after.sum())
        if met and known.sum():
            error += _squared(_shares(known), after)
            staying += _squared(np.eye(segments), after)
            customers, dates = customers + met, dates + 1
    if not customers:
        raise InsufficientDataError("customers at two dates", 1, 0)
    return Backtest(error / customers, staying / customers, customers, dates)


def _counts(before: Mapping[Any, int], after: Mapping[Any, int], segments: int) -> Ints:
    counts = np.zeros((segments, segments), dtype=np.int64)
    for customer, origin in before.items():
        if customer in after:
            counts[origin, after[customer]] += 1
    return counts


def _shares(counts: Ints) -> Floats:
    weighed = counts + SHRINKAGE * np.eye(len(counts))
    return np.asarray(weighed / weighed.sum(axis=1, keepdims=True), dtype=np.float64)


def _squared(foretold: Floats, counts: Ints) -> float:
    """Each customer who went from i to j adds the sum over k of (p_ik - [j = k])²."""
    each = (foretold**2).sum(axis=1, keepdims=True) - 2 * foretold + 1
    return float((each * counts).sum())
