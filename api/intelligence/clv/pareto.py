"""Pareto/NBD (Schmittlein, Morrison, Colombo 1987): customers buy at their own rates, gamma (r, alpha), until they
leave at their own rates, gamma (s, beta), at any moment.

The part of the likelihood that is usually written with hypergeometric functions is the integral over the moment of
leaving. Integrated by quadrature it has an exact gradient and no cancellation.
"""

from itertools import pairwise
from typing import Any, Self

import numpy as np
from scipy.special import digamma, gammaln

from api.intelligence.arrays import Floats, Ints
from api.intelligence.clv.fitting import ROUGH, LogNormalPrior, fit
from api.intelligence.clv.histories import Counted, as_asked, blocks, counted, histories, spans
from api.intelligence.estimator import Estimator

NAMES = ("r", "alpha", "s", "beta")
PANELS = (0.0, 1.0, 3.0, 7.0, 15.0, 40.0)
ROWS = 1_000
"""Histories at a time: each has fifty nodes."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)


class ParetoNBD(Estimator):
    def __init__(self, prior: LogNormalPrior | None = LogNormalPrior()) -> None:  # noqa: B008  (frozen)
        self.prior = prior

    def fit(self, frequency: Any, recency: Any, age: Any, weights: Any = None) -> Self:
        known = counted(frequency, recency, age, weights)
        rough = known.thinned(ROUGH)
        scale = float(np.average(known.age, weights=known.weight)) or 1.0
        found = fit(
            lambda point: _likelihood(known, point),
            NAMES,
            (1.0, scale, 1.0, scale),
            (1.0, 0.3, 1.0, 0.3),
            self.prior,
            rough=lambda point: _likelihood(rough, point),
        )
        self.params_ = dict(found.params)
        self.standard_errors_ = dict(found.standard_errors)
        self.log_likelihood_ = found.log_likelihood
        self.degenerate_ = found.degenerate
        return self

    def expected_purchases(self, t: Any) -> Any:
        """Of somebody new, in the time t after the first purchase."""
        r, alpha, s, beta = self._params()
        return as_asked(np.asarray(r / alpha * beta * _lasting(s, spans("t", t) / beta), dtype=np.float64), t)

    def conditional_expected_purchases(self, t: Any, frequency: Any, recency: Any, age: Any) -> Any:
        """Of each customer, in the time t from now on: one for all, or one for each."""
        r, alpha, s, beta = self._params()
        known = histories(frequency, recency, age)
        ahead = spans("t", t, len(known.position))
        rate = known.spread(self._alive(known) * (r + known.frequency) / (alpha + known.age))
        age_then = beta + known.spread(known.age)
        return as_asked(rate * age_then * _lasting(s, ahead / age_then), t, frequency, recency, age)

    def probability_alive(self, frequency: Any, recency: Any, age: Any) -> Any:
        known = histories(frequency, recency, age)
        return as_asked(known.spread(self._alive(known)), frequency, recency, age)

    def probability_no_purchase(self, horizon: Any, frequency: Any, recency: Any, age: Any) -> Any:
        """That a customer buys nothing in the time `horizon` from now on, whether he leaves in it or not."""
        r, alpha, s, beta = self._params()
        known = histories(frequency, recency, age)
        x, T, alive = known.frequency, known.age, self._alive(known)
        ahead = spans("horizon", horizon, len(known.position))
        if len(ahead) > 1:
            x, T, alive = (known.spread(column) for column in (x, T, alive))
        stays = -(r + x) * np.log1p(ahead / (alpha + T)) - s * np.log1p(ahead / (beta + T))
        leaves = _Leaving.between(r + x, alpha, s, beta, T, T + ahead).log_integral
        leaves = leaves + np.log(s) + (r + x) * np.log(alpha + T) + s * np.log(beta + T)
        found = np.clip(1 - alive * (1 - np.exp(stays) - np.exp(leaves)), 0.0, 1.0)
        return as_asked(found if len(ahead) > 1 else known.spread(found), horizon, frequency, recency, age)

    def sample_purchases(
        self, t: float, frequency: Any, recency: Any, age: Any, *, size: int, random_state: np.random.Generator
    ) -> Ints:
        """`size` draws of each customer's purchases in the time t from now on: (size, customers)."""
        r, alpha, s, beta = self._params()
        known = histories(frequency, recency, age)
        x, T, shape = known.spread(known.frequency), known.spread(known.age), (size, len(known.position))
        rate = random_state.gamma(np.broadcast_to(r + x, shape)) / (alpha + T)
        stays = random_state.standard_exponential(shape) * (beta + T) / random_state.gamma(s, size=shape)
        alive = random_state.random(shape) < known.spread(self._alive(known))
        return np.where(alive, random_state.poisson(rate * np.minimum(t, stays)), 0)

    def _params(self) -> tuple[float, float, float, float]:
        r, alpha, s, beta = (self.params_[name] for name in NAMES)
        return r, alpha, s, beta

    def _alive(self, known: Counted) -> Floats:
        r, alpha, s, beta = self._params()
        alive = np.empty_like(known.age)
        for rows in blocks(len(alive), ROWS):
            x, t_x, T = known.frequency[rows], known.recency[rows], known.age[rows]
            active = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
            left = np.log(s) + _Leaving.between(r + x, alpha, s, beta, t_x, T).log_integral
            alive[rows] = np.exp(active - np.logaddexp(active, left))
        return alive


def _lasting(s: float, ratio: Any) -> Any:
    """(1 - (1 + ratio)^(1 - s)) / (s - 1), which is log(1 + ratio) at s = 1."""
    log = np.log1p(ratio)
    return log if abs(s - 1) < 1e-9 else -np.expm1((1 - s) * log) / (s - 1)


class _Leaving:
    """The integral of (alpha + u)^-(r + x) (beta + u)^-(s + 1) for u from `begin` to `end`, and its moments.

    In y = (r + x) log((alpha + u) / (alpha + begin)) it is exp(-y) times something smooth; beyond y = 40 nothing is
    left.
    """

    def __init__(self, log_integral: Floats, u: Floats, share: Floats) -> None:
        self.log_integral = log_integral
        self.u = u
        self.share = share

    @classmethod
    def between(cls, power: Floats, alpha: float, s: float, beta: float, begin: Floats, end: Floats) -> "_Leaving":
        stop = power * np.log((alpha + end) / (alpha + begin))
        pieces, sizes = [], []
        for low, high in pairwise(PANELS):
            left, right = np.minimum(stop, low), np.minimum(stop, high)
            half = (right - left)[:, None] / 2
            pieces.append((left + right)[:, None] / 2 + half * NODES)
            sizes.append(half * WEIGHTS)
        y, size = np.concatenate(pieces, axis=1), np.concatenate(sizes, axis=1)
        u = (alpha + begin)[:, None] * np.exp(y / power[:, None]) - alpha
        with np.errstate(divide="ignore"):
            terms = np.log(size) - y + np.log(alpha + u) - (s + 1) * np.log(beta + u)
        top = terms.max(axis=1, initial=-np.inf)
        top = np.where(np.isfinite(top), top, 0.0)
        parts = np.exp(terms - top[:, None])
        total = parts.sum(axis=1)
        with np.errstate(divide="ignore"):
            log_integral = top + np.log(total) - np.log(power) - power * np.log(alpha + begin)
        return cls(log_integral, u, parts / np.where(total > 0, total, 1.0)[:, None])

    def mean(self, values: Floats) -> Floats:
        """Over the moment of leaving."""
        return np.asarray((self.share * values).sum(axis=1), dtype=np.float64)


def _likelihood(known: Counted, point: Floats) -> tuple[float, Floats]:
    parts = [_part(known.rows(rows), point) for rows in blocks(len(known.weight), ROWS)]
    return sum(value for value, _ in parts), np.sum([gradient for _, gradient in parts], axis=0)


def _part(known: Counted, point: Floats) -> tuple[float, Floats]:
    r, alpha, s, beta = np.exp(point)
    x, T, n = known.frequency, known.age, known.weight
    power = r + x
    leaving = _Leaving.between(power, alpha, s, beta, known.recency, T)
    active = -power * np.log(alpha + T) - s * np.log(beta + T)
    left = np.log(s) + leaving.log_integral
    both = np.logaddexp(active, left)
    w = np.exp(left - both)
    common = gammaln(power) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    by_r = -(1 - w) * np.log(alpha + T) - w * leaving.mean(np.log(alpha + leaving.u))
    by_alpha = -power * ((1 - w) / (alpha + T) + w * leaving.mean(1 / (alpha + leaving.u)))
    by_s = -(1 - w) * np.log(beta + T) + w * (1 / s - leaving.mean(np.log(beta + leaving.u)))
    by_beta = -(1 - w) * s / (beta + T) - w * (s + 1) * leaving.mean(1 / (beta + leaving.u))
    gradient = np.array(
        [
            r * (n @ (digamma(power) - digamma(r) + np.log(alpha) + by_r)),
            alpha * (n @ (r / alpha + by_alpha)),
            s * (n @ (np.log(beta) + by_s)),
            beta * (n @ (s / beta + by_beta)),
        ]
    )
    return float(n @ (common + both)), gradient
