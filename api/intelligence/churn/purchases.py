"""Churn where nobody says so: buying nothing for `horizon` days, learned from what customers did after past moments."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Self

import numpy as np

from api.intelligence.arrays import Floats
from api.intelligence.churn.calibration import CalibrationBin, Sigmoid, bin_of, bins
from api.intelligence.churn.cards import card, data_hash
from api.intelligence.churn.learners import (
    BestSingleFeature,
    Boosting,
    Contributions,
    GivenScore,
    Learner,
    Logistic,
    Stack,
)
from api.intelligence.churn.panel import PURCHASE_MODEL, Moment, Purchases, observe, stacked
from api.intelligence.churn.selection import ENOUGH_EVENTS, choose, cross_fitted, events
from api.intelligence.clv.transactions import as_days
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.threads import single_thread

BASELINE: Final = "best single feature"
CANDIDATES: Final[dict[str, Callable[[], Learner]]] = {
    BASELINE: lambda: BestSingleFeature(without=PURCHASE_MODEL),
    "purchase model": lambda: GivenScore(PURCHASE_MODEL),
    "logistic": Logistic,
    "boosting": Boosting,
    "stack": Stack,
}
FEW: Final = (BASELINE, "purchase model", "logistic")
TESTS: Final = 3
MOST_CUTOFFS: Final = 8
STEPS_A_HORIZON: Final = 3


class PurchaseChurn:
    """Walks forward over past cutoffs: at each, candidates learn from cutoffs whose horizon had ended by then. Needs a
    history of three horizons; raises InsufficientDataError {need, have} below."""

    def __init__(self, horizon: float, random_state: int = 0) -> None:
        self.horizon = horizon
        self.random_state = random_state

    def fit(self, customer: Any, date: Any, value: Any, until: Any) -> Self:
        purchases = Purchases.of(customer, date, value)
        end = float(as_days("until", [until])[0])
        purchases = purchases.until(end)
        self._refuse_short(purchases, end)
        with single_thread():
            self._fit(purchases, end)
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
        last = end - self.horizon
        step = self.horizon / STEPS_A_HORIZON
        first = float(purchases.day.min()) + step
        cutoffs = [last - number * step for number in range(TESTS + STEPS_A_HORIZON + MOST_CUTOFFS)]
        moments = [observe(purchases, cutoff, self.horizon) for cutoff in cutoffs if cutoff >= first]
        tests = moments[:TESTS]
        frame, outcome = stacked(self._for(moments, last))
        rarer = events(outcome)
        names = tuple(CANDIDATES) if rarer >= ENOUGH_EVENTS else FEW
        silent = np.concatenate([test.silent for test in tests])
        folds = np.concatenate([np.full(len(test.silent), number) for number, test in enumerate(tests)])
        log_odds = {name: np.concatenate([self._foretold(name, moments, test) for test in tests]) for name in names}
        probability = {name: cross_fitted(z, silent, folds) for name, z in log_odds.items()}
        groups = np.concatenate([np.searchsorted(moments[0].customer, test.customer) for test in tests])
        choice = choose(probability, silent, BASELINE, self.random_state, groups.astype(np.float64))
        self.champion_ = choice.champion
        self._learner = CANDIDATES[choice.champion]().fit(frame, outcome, self.random_state)
        newest = moments[0]
        sigmoid = Sigmoid.fit(log_odds[choice.champion], silent)
        self._sigmoid = sigmoid.centred(
            self._learner.contributions(newest.features).log_odds, float(np.clip(newest.silent.mean(), 0.001, 0.999))
        )
        self.calibration_ = bins(probability[choice.champion], silent)
        now = observe(purchases, end, self.horizon)
        self.customers_ = now.customer
        self._now = now.features
        self.card_ = card(
            choice,
            self.calibration_,
            {
                "kind": "purchase churn",
                "horizon_days": self.horizon,
                "until": end,
                "test_cutoffs": [test.cutoff for test in tests],
                "cutoffs": [moment.cutoff for moment in self._for(moments, last)],
                "data_hash": data_hash(frame, outcome),
                "n": len(outcome),
                "silent": int(outcome.sum()),
                "customers": len(now.customer),
                "features": frame.names,
                "random_state": self.random_state,
            },
        )

    def _for(self, moments: Sequence[Moment], cutoff: float) -> list[Moment]:
        """What may be learned from for predictions at `cutoff`, newest first."""
        return [moment for moment in moments if moment.cutoff <= cutoff][:MOST_CUTOFFS]

    def _foretold(self, name: str, moments: Sequence[Moment], test: Moment) -> Floats:
        past = self._for(moments, test.cutoff - self.horizon)
        assert all(moment.cutoff + self.horizon <= test.cutoff for moment in past)
        frame, outcome = stacked(past)
        if outcome.min() == outcome.max():
            raise InsufficientDataError("outcomes of both kinds in a past window", 2, 1)
        return CANDIDATES[name]().fit(frame, outcome, self.random_state).contributions(test.features).log_odds

    def _score(self, customer: Any, date: Any, value: Any, until: Any) -> Contributions:
        if customer is None:
            return self._learner.contributions(self._now)
        purchases = Purchases.of(customer, date, value)
        end = float(as_days("until", [until])[0]) if until is not None else float(purchases.day.max())
        return self._learner.contributions(observe(purchases, end, self.horizon).features)

    def _refuse_short(self, purchases: Purchases, end: float) -> None:
        need = self.horizon * (2 + TESTS / STEPS_A_HORIZON)
        have = end - float(purchases.day.min()) if len(purchases.day) else 0.0
        if have < need:
            raise InsufficientDataError("days of history", int(np.ceil(need)), int(have))
