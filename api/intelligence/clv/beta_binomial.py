"""BG/BB (Fader, Hardie, Shang 2010): in each of a fixed number of periods a customer buys or not, with his own
probability, beta (alpha, beta), until he stops, with his own probability before each period, beta (gamma, delta)."""

from typing import Any, Self

import numpy as np
from scipy.special import betaln, gammaln, logsumexp

from api.intelligence.arrays import Floats, as_floats, refuse
from api.intelligence.clv.fitting import LogNormalPrior, fit
from api.intelligence.clv.histories import Histories, histories

NAMES = ("alpha", "beta", "gamma", "delta")
STEP = 1e-5


class BetaGeoBetaBinomial:
    """`frequency` counts the periods with a purchase, `recency` is the last such period, `periods` how many there
    were."""

    def __init__(self, prior: LogNormalPrior | None = LogNormalPrior()) -> None:  # noqa: B008  (frozen)
        self.prior = prior

    def fit(self, frequency: Any, recency: Any, periods: Any, weights: Any = None) -> Self:
        known = _whole(histories(frequency, recency, periods, weights))

        def objective(point: Floats) -> tuple[float, Floats]:
            def value(at: Floats) -> float:
                return float(known.weight @ _log_likelihood(known, *np.exp(at)))

            steps = STEP * np.eye(len(point), dtype=np.float64)
            gradient = np.array([(value(point + step) - value(point - step)) / (2 * STEP) for step in steps])
            return value(point), gradient

        found = fit(objective, NAMES, (1.0,) * 4, (1.0,) * 4, self.prior)
        self.params_ = dict(found.params)
        self.standard_errors_ = dict(found.standard_errors)
        self.log_likelihood_ = found.log_likelihood
        self.degenerate_ = found.degenerate
        return self

    def expected_purchases(self, periods: Any) -> Floats:
        """Of somebody new, in that many periods."""
        alpha, beta, _, _ = self._params()
        n = as_floats("periods", np.atleast_1d(periods))
        return np.asarray(alpha / (alpha + beta) * self._survived(np.zeros_like(n), n), dtype=np.float64)

    def conditional_expected_purchases(self, t: float, frequency: Any, recency: Any, periods: Any) -> Floats:
        """In the next t periods."""
        alpha, beta, _, _ = self._params()
        known = _whole(histories(frequency, recency, periods))
        x, n = known.frequency, known.age
        log_share = betaln(alpha + x + 1, beta + n - x) - betaln(alpha, beta) - _log_likelihood(known, *self._params())
        return known.spread(np.exp(log_share) * self._survived(n, n + t))

    def probability_alive(self, frequency: Any, recency: Any, periods: Any) -> Floats:
        """In the period that comes next."""
        known = _whole(histories(frequency, recency, periods))
        return known.spread(np.exp(self._log_active(known, 1) - _log_likelihood(known, *self._params())))

    def probability_no_purchase(self, horizon: int, frequency: Any, recency: Any, periods: Any) -> Floats:
        """In the next `horizon` periods."""
        alpha, beta, gamma, delta = self._params()
        known = _whole(histories(frequency, recency, periods))
        x, n = known.frequency, known.age
        total = _log_likelihood(known, alpha, beta, gamma, delta)
        still = np.exp(self._log_active(known, 0) - total)
        none = np.exp(
            betaln(alpha + x, beta + n - x + horizon) - betaln(alpha, beta)
            + betaln(gamma, delta + n + horizon) - betaln(gamma, delta) - total
        )  # fmt: skip
        for i in range(horizon):
            none += np.exp(
                betaln(alpha + x, beta + n - x + i) - betaln(alpha, beta)
                + betaln(gamma + 1, delta + n + i) - betaln(gamma, delta) - total
            )  # fmt: skip
        return known.spread(np.clip(1 - still + none, 0.0, 1.0))

    def _params(self) -> tuple[float, float, float, float]:
        alpha, beta, gamma, delta = (self.params_[name] for name in NAMES)
        return alpha, beta, gamma, delta

    def _log_active(self, known: Histories, further: int) -> Floats:
        """Of the history and of being active for `further` periods after it."""
        alpha, beta, gamma, delta = self._params()
        x, n = known.frequency, known.age
        bought = betaln(alpha + x, beta + n - x) - betaln(alpha, beta)
        return np.asarray(bought + betaln(gamma, delta + n + further) - betaln(gamma, delta), dtype=np.float64)

    def _survived(self, begin: Floats, end: Floats) -> Floats:
        """Expected number of the periods after `begin` up to `end` in which a customer is active, from the start on."""
        _, _, gamma, delta = self._params()
        gamma = gamma if abs(gamma - 1) > 1e-9 else 1 + 1e-9

        def part(n: Floats) -> Any:
            return np.exp(
                gammaln(1 + delta + n) - gammaln(gamma + delta + n) + gammaln(gamma + delta) - gammaln(1 + delta)
            )

        return np.asarray(delta / (gamma - 1) * (part(begin) - part(end)), dtype=np.float64)


def _whole(known: Histories) -> Histories:
    refuse("recency", known.recency != np.floor(known.recency), "must be whole periods")
    refuse("periods", known.age != np.floor(known.age), "must be whole")
    refuse("frequency", known.frequency > known.recency, "must not be more than recency")
    return known


def _log_likelihood(known: Histories, alpha: float, beta: float, gamma: float, delta: float) -> Floats:
    x, t_x, n = known.frequency, known.recency, known.age
    terms = [betaln(alpha + x, beta + n - x) - betaln(alpha, beta) + betaln(gamma, delta + n) - betaln(gamma, delta)]
    for i in range(int((n - t_x).max())):
        stopped = (
            betaln(alpha + x, beta + t_x - x + i) - betaln(alpha, beta)
            + betaln(gamma + 1, delta + t_x + i) - betaln(gamma, delta)
        )  # fmt: skip
        terms.append(np.where(i < n - t_x, stopped, -np.inf))
    return np.asarray(logsumexp(np.stack(terms), axis=0), dtype=np.float64)
