"""Gamma-Gamma spend (Fader, Hardie 2013): each purchase of a customer varies about his own mean, means vary between
customers, and neither depends on how often he buys."""

from typing import Any, Self

import numpy as np

from api.intelligence.arrays import Floats, Ints, InvalidColumnError, as_floats, refuse, same_length
from api.intelligence.clv.fitting import ROUGH, LogNormalPrior, fit_curved
from api.intelligence.clv.gamma_gamma_likelihood import Likelihood
from api.intelligence.clv.histories import as_asked
from api.intelligence.estimator import Estimator

NAMES = ("p", "q", "gamma")


class GammaGamma(Estimator):
    def __init__(self, prior: LogNormalPrior | None = LogNormalPrior()) -> None:  # noqa: B008  (frozen)
        self.prior = prior

    def fit(self, frequency: Any, mean_value: Any) -> Self:
        """Customers without a repeat purchase, and without a value above 0, tell nothing of spend and are left out."""
        x, z = _columns(frequency, mean_value)
        told = (x > 0) & (z > 0)
        if not told.any():
            raise InvalidColumnError("frequency", "has no customer with a repeat purchase of a value above 0")
        x, z = x[told], z[told]
        scale = float(np.mean(z))
        known = Likelihood.of(x, z)
        found = fit_curved(known, known.thinned(ROUGH), NAMES, (1.0, 1.0, scale), (2.0, 3.0, 1.0), self.prior)
        self.params_ = dict(found.params)
        self.standard_errors_ = dict(found.standard_errors)
        self.log_likelihood_ = found.log_likelihood
        self.degenerate_ = found.degenerate or self.params_["q"] <= 1
        self.n_ = int(told.sum())
        return self

    def conditional_expected_value(self, frequency: Any, mean_value: Any) -> Any:
        """Of a customer's mean purchase: between what he has spent and what all do. Without repeat purchases, the
        latter; NaN when that mean is infinite (q of 1 or less)."""
        p, q, gamma = (self.params_[name] for name in NAMES)
        x, z = _columns(frequency, mean_value)
        known = p * x + q - 1
        spent = np.where(x > 0, x * z, 0.0)
        found = np.where(known > 0, p * (gamma + spent) / np.where(known > 0, known, 1.0), np.nan)
        return as_asked(found, frequency, mean_value)

    def sample_spend(
        self, purchases: Ints, frequency: Any, mean_value: Any, *, random_state: np.random.Generator
    ) -> Floats:
        """What the given numbers of further purchases, (draws, customers), bring in all: each customer's mean is drawn
        from what is known of him, and his purchases about it."""
        p, q, gamma = (self.params_[name] for name in NAMES)
        x, z = _columns(frequency, mean_value)
        rate = random_state.gamma(np.broadcast_to(p * x + q, purchases.shape)) / (gamma + x * z)
        spent = random_state.gamma(np.maximum(p * purchases, 1e-12)) / rate
        return np.where(purchases > 0, spent, 0.0)


def _columns(frequency: Any, mean_value: Any) -> tuple[Floats, Floats]:
    x = as_floats("frequency", np.atleast_1d(frequency))
    z = as_floats("mean_value", np.atleast_1d(mean_value), finite=False)
    same_length({"frequency": x, "mean_value": z})
    refuse("frequency", (x < 0) | (x != np.floor(x)), "must be whole and not negative")
    refuse("mean_value", (x > 0) & ~np.isfinite(z), "must be finite where frequency is above 0")
    return x, np.where(x > 0, z, 0.0)
