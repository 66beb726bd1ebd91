"""BG/NBD (Fader, Hardie, Lee 2005) and MBG/NBD (Batislam, Denizel, Filiztekin 2007).

A customer buys at his own steady rate, rates are gamma (r, alpha), and may stop for good after each purchase with his
own probability, those are beta (a, b). In the modified model he may stop after the first purchase too.
"""

from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import digamma, gammaln, hyp2f1

from api.intelligence.arrays import Floats, Ints, as_floats
from api.intelligence.clv.fitting import LogNormalPrior, fit
from api.intelligence.clv.histories import Histories, distinct, histories

NAMES = ("r", "alpha", "a", "b")


class BetaGeoNBD:
    """`prior=None` gives plain maximum likelihood, which runs away for about half of all samples of 50 customers."""

    _after_first: ClassVar[int] = 0
    """1 when a customer may stop after the first purchase."""

    def __init__(self, prior: LogNormalPrior | None = LogNormalPrior()) -> None:  # noqa: B008  (frozen)
        self.prior = prior

    def fit(self, frequency: Any, recency: Any, age: Any, weights: Any = None) -> Self:
        known = histories(frequency, recency, age, weights)
        scale = float(np.average(known.age, weights=known.weight)) or 1.0
        found = fit(
            lambda point: self._likelihood(known, point),
            NAMES,
            (1.0, scale, 1.0, 1.0),
            (1.0, 0.3, 1.0, 1.0),
            self.prior,
        )
        self.params_ = dict(found.params)
        self.standard_errors_ = dict(found.standard_errors)
        self.log_likelihood_ = found.log_likelihood
        self.degenerate_ = found.degenerate
        return self

    def expected_purchases(self, t: Any) -> Floats:
        """Of somebody new, in the time t after the first purchase."""
        _, alpha, _, _ = self._params()
        time = as_floats("t", np.atleast_1d(t))
        return self._expected(time / (alpha + time), np.zeros_like(time))

    def conditional_expected_purchases(self, t: float, frequency: Any, recency: Any, age: Any) -> Floats:
        """Of each customer, in the time t from now on."""
        _, alpha, _, _ = self._params()
        known = histories(frequency, recency, age)
        first, position = distinct(known.frequency, known.age)
        x, T = known.frequency[first], known.age[first]
        while_alive = self._expected(t / (alpha + T + t), x)[position]
        return known.spread(while_alive * self._alive(known))

    def probability_alive(self, frequency: Any, recency: Any, age: Any) -> Floats:
        known = histories(frequency, recency, age)
        return known.spread(self._alive(known))

    def probability_no_purchase(self, horizon: float, frequency: Any, recency: Any, age: Any) -> Floats:
        """That a customer buys nothing in the time `horizon` from now on: the churn of a business without contracts."""
        r, alpha, _, _ = self._params()
        known = histories(frequency, recency, age)
        none = np.exp((r + known.frequency) * np.log((alpha + known.age) / (alpha + known.age + horizon)))
        return known.spread(1 - self._alive(known) * (1 - none))

    def sample_purchases(
        self, t: float, frequency: Any, recency: Any, age: Any, *, size: int, random_state: np.random.Generator
    ) -> Ints:
        """`size` draws of each customer's purchases in the time t from now on: (size, customers)."""
        r, alpha, a, b = self._params()
        known = histories(frequency, recency, age)
        x, T, shape = known.spread(known.frequency), known.spread(known.age), (size, len(known.position))
        rate = random_state.gamma(np.broadcast_to(r + x, shape)) / (alpha + T)
        stops = random_state.beta(a, np.broadcast_to(b + x + self._after_first, shape))
        alive = random_state.random(shape) < known.spread(self._alive(known))
        until_stop = random_state.geometric(np.maximum(stops, 1e-12))
        return np.where(alive, np.minimum(random_state.poisson(rate * t), until_stop), 0)

    def _params(self) -> tuple[float, float, float, float]:
        r, alpha, a, b = (self.params_[name] for name in NAMES)
        return r, alpha, a, b

    def _expected(self, z: Floats, x: Floats) -> Floats:
        """Purchases of somebody who is alive after x of them; z is t / (alpha + age + t). Euler's transformation of the
        published form, whose hypergeometric function overflows for frequent buyers."""
        r, _, a, b = self._params()
        a = a if abs(a - 1) > 1e-9 else 1 + 1e-9
        lasting = a + b + x - 1 + self._after_first
        series = hyp2f1(a + b - 1 + self._after_first - r, a - 1, lasting, z)
        return np.asarray((lasting / (a - 1)) * (1 - np.exp((a - 1) * np.log1p(-z)) * series), dtype=np.float64)

    def _alive(self, known: Histories) -> Floats:
        r, alpha, a, b = self._params()
        x = known.frequency
        can_stop = (x > 0) | bool(self._after_first)
        log_odds = np.log(a) - np.log(np.where(can_stop, b + x - 1 + self._after_first, 1.0))
        log_odds += (r + x) * np.log((alpha + known.age) / (alpha + known.recency))
        odds = np.exp(np.minimum(log_odds, 700.0))
        return np.where(can_stop, 1 / (1 + odds), 1.0)

    def _likelihood(self, known: Histories, point: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(point)
        x, t_x, T, n = known.frequency, known.recency, known.age, known.weight
        s = self._after_first
        can_stop = (x > 0) | bool(s)
        rest = np.where(can_stop, b + x - 1 + s, 1.0)
        log_T, log_t = np.log(alpha + T), np.log(alpha + t_x)
        active = -(r + x) * log_T
        stopped = np.where(can_stop, np.log(a) - np.log(rest) - (r + x) * log_t, -np.inf)
        both = np.logaddexp(active, stopped)
        w = np.exp(stopped - both)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        common += gammaln(a + b) + gammaln(b + x + s) - gammaln(b) - gammaln(a + b + x + s)
        gone = digamma(a + b) - digamma(a + b + x + s)
        gradient = np.array(
            [
                r * (n @ (digamma(r + x) - digamma(r) + np.log(alpha) - (1 - w) * log_T - w * log_t)),
                alpha * (n @ (r / alpha - (r + x) * ((1 - w) / (alpha + T) + w / (alpha + t_x)))),
                a * (n @ (gone + w / a)),
                b * (n @ (gone + digamma(b + x + s) - digamma(b) - w / rest)),
            ]
        )
        return float(n @ (common + both)), gradient


class ModifiedBetaGeoNBD(BetaGeoNBD):
    """A customer may stop after the first purchase already: then not every one-time buyer is alive."""

    _after_first = 1
