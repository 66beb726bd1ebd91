"""BG/NBD (Fader, Hardie, Lee 2005) and MBG/NBD (Batislam, Denizel, Filiztekin 2007).

A customer buys at his own steady rate, rates are gamma (r, alpha), and may stop for good after each purchase with his
own probability, those are beta (a, b). In the modified model he may stop after the first purchase too.
"""

from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import expit, hyp2f1

from api.intelligence.arrays import Floats, Ints
from api.intelligence.clv.beta_geometric_likelihood import Likelihood
from api.intelligence.clv.fitting import ROUGH, LogNormalPrior, fit_curved
from api.intelligence.clv.histories import as_asked, blocks, counted, customers, distinct, spans
from api.intelligence.estimator import Estimator

NAMES = ("r", "alpha", "a", "b")


class BetaGeoNBD(Estimator):
    """`prior=None` gives plain maximum likelihood, which runs away for about half of all samples of 50 customers."""

    _after_first: ClassVar[int] = 0
    """1 when a customer may stop after the first purchase."""

    def __init__(self, prior: LogNormalPrior | None = LogNormalPrior()) -> None:  # noqa: B008  (frozen)
        self.prior = prior

    def fit(self, frequency: Any, recency: Any, age: Any, weights: Any = None) -> Self:
        known = counted(frequency, recency, age, weights)
        scale = float(np.average(known.age, weights=known.weight)) or 1.0
        found = fit_curved(
            Likelihood.of(known, self._after_first),
            Likelihood.of(known.thinned(ROUGH), self._after_first),
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

    def expected_purchases(self, t: Any) -> Any:
        """Of somebody new, in the time t after the first purchase."""
        _, alpha, _, _ = self._params()
        time = spans("t", t)
        return as_asked(self._expected(time / (alpha + time), np.zeros_like(time)), t)

    def conditional_expected_purchases(self, t: Any, frequency: Any, recency: Any, age: Any) -> Any:
        """Of each customer, in the time t from now on: one for all, or one for each."""
        _, alpha, _, _ = self._params()
        x, t_x, T, _ = customers(frequency, recency, age)
        ahead = spans("t", t, len(x))
        if len(ahead) == 1:
            (bought, observed), position = distinct(x, T)
        else:
            (bought, observed, ahead), position = distinct(x, T, ahead)
        while_alive = self._expected(ahead / (alpha + observed + ahead), bought)
        found = self._alive(x, t_x, T)
        for rows in blocks(len(x)):
            found[rows] *= while_alive[position[rows]]
        return as_asked(found, t, frequency, recency, age)

    def probability_alive(self, frequency: Any, recency: Any, age: Any) -> Any:
        x, t_x, T, _ = customers(frequency, recency, age)
        return as_asked(self._alive(x, t_x, T), frequency, recency, age)

    def probability_no_purchase(self, horizon: Any, frequency: Any, recency: Any, age: Any) -> Any:
        """That a customer buys nothing in the time `horizon` from now on: the churn of a business without contracts."""
        r, alpha, _, _ = self._params()
        x, t_x, T, _ = customers(frequency, recency, age)
        ahead = np.broadcast_to(spans("horizon", horizon, len(x)), len(x))
        found = self._alive(x, t_x, T)
        for rows in blocks(len(x)):
            some = -np.expm1(-(r + x[rows]) * np.log1p(ahead[rows] / (alpha + T[rows])))
            found[rows] = 1 - found[rows] * some
        return as_asked(found, horizon, frequency, recency, age)

    def sample_purchases(
        self, t: float, frequency: Any, recency: Any, age: Any, *, size: int, random_state: np.random.Generator
    ) -> Ints:
        """`size` draws of each customer's purchases in the time t from now on: (size, customers)."""
        r, alpha, a, b = self._params()
        x, t_x, T, _ = customers(frequency, recency, age)
        shape = (size, len(x))
        rate = random_state.gamma(np.broadcast_to(r + x, shape)) / (alpha + T)
        stops = random_state.beta(a, np.broadcast_to(b + x + self._after_first, shape))
        alive = random_state.random(shape) < self._alive(x, t_x, T)
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

    def _alive(self, x: Floats, t_x: Floats, T: Floats) -> Floats:
        r, alpha, a, b = self._params()
        alive = np.empty_like(x)
        for rows in blocks(len(x)):
            can_stop = (x[rows] > 0) | bool(self._after_first)
            log_odds = np.log(a / np.where(can_stop, b + x[rows] - 1 + self._after_first, 1.0))
            log_odds += (r + x[rows]) * np.log((alpha + T[rows]) / (alpha + t_x[rows]))
            alive[rows] = np.where(can_stop, expit(-log_odds), 1.0)
        return alive


class ModifiedBetaGeoNBD(BetaGeoNBD):
    """A customer may stop after the first purchase already: then not every one-time buyer is alive."""

    _after_first = 1
