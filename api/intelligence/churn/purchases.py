"""Churn where nobody says so: buying nothing for `horizon` days, learned from what customers did after past moments."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, Final, Self

import numpy as np

from api.intelligence.arrays import Floats, InvalidColumnError
from api.intelligence.churn.calibration import CalibrationBin, bin_of
from api.intelligence.churn.cards import card, data_hash
from api.intelligence.churn.learners import BestSingleFeature, Boosting, Contributions, GivenScore, Logistic, Stack
from api.intelligence.churn.panel import PURCHASE_MODEL, Moment, Purchases, observe
from api.intelligence.churn.walking import Candidates, Walked, cutoffs, refuse_short, walk_forward
from api.intelligence.dates import as_days, comparable_days
from api.intelligence.estimator import Estimator
from api.intelligence.progress import Progress, unheard
from api.intelligence.threads import single_thread

BASELINE: Final = "best single feature"
CANDIDATES: Final = Candidates(
    {
        BASELINE: lambda: BestSingleFeature(without=PURCHASE_MODEL),
        "purchase model": lambda: GivenScore(PURCHASE_MODEL),
        "logistic": Logistic,
        "boosting": Boosting,
        "stack": Stack,
    },
    few=(BASELINE, "purchase model", "logistic"),
    baseline=BASELINE,
)


def moments_of(purchases: Purchases, end: float, horizon: float) -> Sequence[Moment]:
    """Customers at the past cutoffs, the newest first."""
    first = float(purchases.day.min())
    return [observe(purchases, cutoff, horizon) for cutoff in cutoffs(first, end, horizon)]


def walk(purchases: Purchases, end: float, horizon: float, random_state: int, progress: Progress = unheard) -> Walked:
    """`purchases` are those up to `end`."""
    refuse_short(float(purchases.day.min()) if len(purchases.day) else end, end, horizon)
    with single_thread():
        return walk_forward(moments_of(purchases, end, horizon), horizon, CANDIDATES, random_state, progress)


class PurchaseChurn(Estimator):
    """Walks forward over past cutoffs: at each, candidates learn from cutoffs whose horizon had ended by then. Needs a
    history of three horizons; raises InsufficientDataError {need, have} below."""

    def __init__(self, horizon: float, random_state: int = 0) -> None:
        self.horizon = horizon
        self.random_state = random_state

    def fit(self, customer: Any, date: Any, value: Any, until: Any) -> Self:
        if not isinstance(self.horizon, Real) or not 0 < self.horizon < np.inf:
            raise InvalidColumnError("horizon", f"must be a number of days above 0, not {self.horizon!r}")
        days, [end] = comparable_days(date=date, until=[until])
        self._fit(Purchases.of(customer, days, value).until(float(end)), float(end))
        return self

    def predict_proba(self, customer: Any = None, date: Any = None, value: Any = None, until: Any = None) -> Floats:
        """(customers, 2): of buying within the horizon after `until`, and of not. Without arguments, of the customers
        that were fitted, in the order of `customers_`; with a table of purchases, of its customers in the order of
        their keys."""
        silent = self._sigmoid.apply(self._score(customer, date, value, until).log_odds)
        return np.column_stack([1 - silent, silent])

    def contributions(
        self, customer: Any = None, date: Any = None, value: Any = None, until: Any = None
    ) -> Contributions:
        """They add up to the log-odds of `predict_proba`. What moved the score, which is not why a customer leaves."""
        return self._score(customer, date, value, until).moved(self._sigmoid.slope, self._sigmoid.shift)

    def alike(self, probability: Floats) -> list[CalibrationBin]:
        """For each probability the past customers with a like one: so many, and so many of them bought nothing."""
        return bin_of(probability, self.calibration_)

    def _fit(self, purchases: Purchases, end: float) -> None:
        walked = walk(purchases, end, self.horizon, self.random_state)
        self.champion_ = walked.choice.champion
        self._learner, self._sigmoid, self.calibration_ = walked.learner, walked.sigmoid, walked.calibration
        now = observe(purchases, end, self.horizon)
        self.customers_ = now.customer
        self._now = now.features
        self.card_ = card(
            walked.choice,
            self.calibration_,
            {
                "kind": "purchase churn",
                "horizon_days": self.horizon,
                "until": end,
                "test_cutoffs": walked.test_cutoffs,
                "cutoffs": walked.cutoffs,
                "data_hash": data_hash(walked.frame, walked.outcome),
                "n": len(walked.outcome),
                "silent": int(walked.outcome.sum()),
                "customers": len(now.customer),
                "features": walked.frame.names,
                "random_state": self.random_state,
            },
        )

    def _score(self, customer: Any, date: Any, value: Any, until: Any) -> Contributions:
        if customer is None:
            return self._learner.contributions(self._now)
        days = as_days("date", date)
        if until is not None:
            days, [end] = comparable_days(date=date, until=[until])
        purchases = Purchases.of(customer, days, value)
        end = float(purchases.day.max() if until is None else end)
        if end < purchases.day.min():
            raise InvalidColumnError("date", "has nothing up to `until`")
        return self._learner.contributions(observe(purchases, end, self.horizon).features)
