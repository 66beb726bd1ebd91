"""BG/BB (Fader, Hardie, Shang 2010): in each of a fixed number of periods a customer buys or not, with his own
probability, beta (alpha, beta), until he stops, with his own probability before each period, beta (gamma, delta)."""

from typing import Any, Self

import numpy as np
from scipy.special import betaln, gammaln, logsumexp

from api.intelligence.arrays import Floats, InvalidColumnError, refuse
from api.intelligence.clv.fitting import LogNormalPrior, fit
from api.intelligence.clv.histories import Histories, as_asked, histories, spans
from api.intelligence.estimator import Estimator

NAMES = ("alpha", "beta", "gamma", "delta")
STEP = 1e-5


class BetaGeoBetaBinomial(Estimator):
    """`frequency` counts the periods with a purchase, `recency` is the last such period, `age` how many there were."""

    def __init__(self, prior: LogNormalPrior | None = LogNormalPrior()) -> None:  # noqa: B008  (frozen)
        self.prior = prior

    def fit(self, frequency: Any, recency: Any, age: Any, weights: Any = None) -> Self:
        known = _whole(histories(frequency, recency, age, weights))

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

    def expected_purchases(self, t: Any) -> Any:
        """Of somebody new, in t periods."""
        alpha, beta, _, _ = self._params()
        n = spans("t", t)
        return as_asked(np.asarray(alpha / (alpha + beta) * self._survived(np.zeros_like(n), n), dtype=np.float64), t)

    def conditional_expected_purchases(self, t: Any, frequency: Any, recency: Any, age: Any) -> Any:
        """In the next t periods: one number for all, or one for each."""
        alpha, beta, _, _ = self._params()
        known = _whole(histories(frequency, recency, age))
        ahead = spans("t", t, len(known.position))
        x, n = known.frequency, known.age
        log_share = betaln(alpha + x + 1, beta + n - x) - betaln(alpha, beta) - _log_likelihood(known, *self._params())
        begin = known.spread(n)
        found = known.spread(np.exp(log_share)) * self._survived(begin, begin + ahead)
        return as_asked(found, t, frequency, recency, age)

    def probability_alive(self, frequency: Any, recency: Any, age: Any) -> Any:
        """In the period that comes next."""
        known = _whole(histories(frequency, recency, age))
        found = known.spread(np.exp(self._log_active(known, 1) - _log_likelihood(known, *self._params())))
        return as_asked(found, frequency, recency, age)

    def probability_no_purchase(self, horizon: float, frequency: Any, recency: Any, age: Any) -> Any:
        """In the next `horizon` periods, a whole number of them."""
        ahead = spans("horizon", horizon)
        if len(ahead) > 1 or ahead[0] != np.floor(ahead[0]):
            raise InvalidColumnError("horizon", "must be one whole number of periods")
        alpha, beta, gamma, delta = self._params()
        known = _whole(histories(frequency, recency, age))
        x, n = known.frequency, known.age
        total = _log_likelihood(known, alpha, beta, gamma, delta)
        still = np.exp(self._log_active(known, 0) - total)
        none = np.exp(
            betaln(alpha + x, beta + n - x + ahead) - betaln(alpha, beta)
            + betaln(gamma, delta + n + ahead) - betaln(gamma, delta) - total
        )  # fmt: skip
        for i in range(int(ahead[0])):
            none += np.exp(
                betaln(alpha + x, beta + n - x + i) - betaln(alpha, beta)
                + betaln(gamma + 1, delta + n + i) - betaln(gamma, delta) - total
            )  # fmt: skip
        return as_asked(known.spread(np.clip(1 - still + none, 0.0, 1.0)), frequency, recency, age)

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
    wrong = (
        ("recency", known.recency != np.floor(known.recency), "must be whole periods"),
        ("age", known.age != np.floor(known.age), "must be whole periods"),
        ("frequency", known.frequency > known.recency, "must not be more than recency"),
    )
    for name, rows, reason in wrong:
        refuse(name, rows[known.position], reason)
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
