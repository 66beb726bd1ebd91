"""The log-likelihood of BG/NBD and MBG/NBD with its first two derivatives by the logarithms of the parameters.

What depends on the frequency or the age alone is summed over their distinct values: no special function is taken twice
of the same number. What is left, whether a customer who can have stopped did, takes one exponential and one logarithm
of each history.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from api.intelligence.arrays import Floats
from api.intelligence.clv.fitting import Surface
from api.intelligence.clv.histories import Counted, blocks, distinct


@dataclass(frozen=True, slots=True)
class Likelihood:
    """`after_first` is 1 in the modified model, where customers may stop after the first purchase too, or 0.

    `counts` are the distinct frequencies and how many customers have each. `ages` are the distinct ages, `there` how
    many customers are of each, and `bought` how often those bought. `stoppable` are the histories of who can have
    stopped.
    """

    after_first: int
    counts: Floats
    customers: Floats
    ages: Floats
    there: Floats
    bought: Floats
    stoppable: Counted

    @classmethod
    def of(cls, known: Counted, after_first: int) -> Self:
        x, T, n = known.frequency, known.age, known.weight
        (counts,), which = distinct(x)
        (ages,), aged = distinct(T)
        can = slice(None) if after_first else x > 0
        return cls(
            after_first,
            counts,
            np.bincount(which, n, len(counts)).astype(np.float64),
            ages,
            np.bincount(aged, n, len(ages)).astype(np.float64),
            np.bincount(aged, n * x, len(ages)).astype(np.float64),
            known.rows(can),
        )

    def __call__(self, point: Floats) -> Surface:
        params = np.exp(point)
        value, slope, curve = self._common(*params)
        for rows in blocks(len(self.stoppable.weight)):
            part = self._stopped(rows, *params)
            value, slope, curve = value + part[0], slope + part[1], curve + part[2]
        return Surface(value, params * slope, np.outer(params, params) * curve + np.diag(params * slope))

    def _common(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Floats, Floats]:
        """As if nobody who can have stopped had; by the parameters themselves."""
        x, n, longer = self.counts, self.customers, alpha + self.ages
        size, power = n.sum(), r * self.there + self.bought
        bx = b + x + self.after_first
        value = n @ (gammaln(r + x) - gammaln(r) + gammaln(a + b) + gammaln(bx) - gammaln(b) - gammaln(a + bx))
        value += size * r * np.log(alpha) - power @ np.log(longer)
        gone = n @ (digamma(a + b) - digamma(a + bx))
        slope = [
            n @ (digamma(r + x) - digamma(r)) + size * np.log(alpha) - self.there @ np.log(longer),
            size * r / alpha - power @ (1 / longer),
            gone,
            gone + n @ (digamma(bx) - digamma(b)),
        ]
        curve = np.zeros((4, 4))
        curve[0, 0] = n @ (polygamma(1, r + x) - polygamma(1, r))
        curve[0, 1] = curve[1, 0] = size / alpha - self.there @ (1 / longer)
        curve[1, 1] = power @ longer**-2 - size * r / alpha**2
        curve[2:, 2:] = n @ (polygamma(1, a + b) - polygamma(1, a + bx))
        curve[3, 3] += n @ (polygamma(1, bx) - polygamma(1, b))
        return float(value), np.array(slope), curve

    def _stopped(self, rows: slice, r: float, alpha: float, a: float, b: float) -> tuple[float, Floats, Floats]:
        """The rest of the histories in `rows`: log(1 + odds), odds being those of having stopped."""
        known = self.stoppable
        x, n, since, longer = (
            known.frequency[rows],
            known.weight[rows],
            alpha + known.recency[rows],
            alpha + known.age[rows],
        )
        power, rest = r + x, b + x - 1 + self.after_first
        by = np.empty((4, len(x)))  # the derivatives of the log-odds
        by[0] = np.log(longer / since)
        by[1] = power * (1 / longer - 1 / since)
        by[2] = 1 / a
        by[3] = -1 / rest
        log_odds = power * by[0] + np.log(a / rest)
        small = np.exp(-np.abs(log_odds))
        value = n @ (np.maximum(log_odds, 0) + np.log1p(small))
        share = np.where(log_odds > 0, 1.0, small) / (1 + small)
        weight = n * share
        curve = (by * (weight * (1 - share))) @ by.T
        curve[0, 1] += weight @ (1 / longer - 1 / since)
        curve[1, 0] = curve[0, 1]
        curve[1, 1] -= weight @ (power * (longer**-2 - since**-2))
        curve[2, 2] -= weight.sum() / a**2
        curve[3, 3] += weight @ rest**-2
        return float(value), by @ weight, curve
