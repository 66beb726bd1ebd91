"""The log-likelihood of Gamma-Gamma spend with its first two derivatives by the logarithms of the parameters. Special
functions are taken of the distinct frequencies alone; each customer's own money takes one logarithm."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from api.intelligence.arrays import Floats
from api.intelligence.clv.fitting import Surface
from api.intelligence.clv.histories import blocks, distinct


@dataclass(frozen=True, slots=True)
class Likelihood:
    """`counts` are the distinct frequencies and how many customers have each; `frequency` and `spent`, which is in all,
    are of each customer. `fixed` is the part that no parameter moves, `moved` the one that p does."""

    counts: Floats
    customers: Floats
    frequency: Floats
    spent: Floats
    fixed: float
    moved: float

    @classmethod
    def of(cls, frequency: Floats, mean_value: Floats) -> Self:
        spent = frequency * mean_value
        (counts,), which = distinct(frequency)
        return cls(
            counts,
            np.bincount(which, minlength=len(counts)).astype(np.float64),
            frequency,
            spent,
            -float(np.log(mean_value).sum()),
            float(frequency @ np.log(spent)),
        )

    def thinned(self, most: int) -> Self:
        """About so many of the customers."""
        every = slice(None, None, max(1, len(self.spent) // most))
        return self.of(self.frequency[every], self.spent[every] / self.frequency[every])

    def __call__(self, point: Floats) -> Surface:
        p, q, gamma = params = np.exp(point)
        value, slope, curve = self._common(p, q, gamma)
        for rows in blocks(len(self.spent)):
            x, total = self.frequency[rows], gamma + self.spent[rows]
            log, inverse, power = np.log(total), 1 / total, p * x + q
            value -= float(power @ log)
            slope -= [x @ log, log.sum(), power @ inverse]
            curve[0, 2] -= x @ inverse
            curve[1, 2] -= inverse.sum()
            curve[2, 2] += power @ inverse**2
        curve[2, :2] = curve[:2, 2]
        return Surface(value, params * slope, np.outer(params, params) * curve + np.diag(params * slope))

    def _common(self, p: float, q: float, gamma: float) -> tuple[float, Floats, Floats]:
        """What does not depend on what a customer spent; by the parameters themselves."""
        x, n, size = self.counts, self.customers, self.customers.sum()
        both = p * x + q
        value = n @ (gammaln(both) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)) + p * self.moved + self.fixed
        slope = [
            n @ (x * (digamma(both) - digamma(p * x))) + self.moved,
            n @ (digamma(both) - digamma(q)) + size * np.log(gamma),
            size * q / gamma,
        ]
        curve = np.zeros((3, 3))
        curve[0, 0] = n @ (x**2 * (polygamma(1, both) - polygamma(1, p * x)))
        curve[0, 1] = curve[1, 0] = n @ (x * polygamma(1, both))
        curve[1, 1] = n @ (polygamma(1, both) - polygamma(1, q))
        curve[1, 2], curve[2, 2] = size / gamma, -size * q / gamma**2
        return float(value), np.array(slope), curve
