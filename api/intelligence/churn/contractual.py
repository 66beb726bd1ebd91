"""Churn where customers say so: learned from a table of customers of whom it is known."""

from collections.abc import Callable
from typing import Any, Final, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.model_selection import StratifiedKFold

from api.intelligence.arrays import Floats, InvalidColumnError, as_floats, is_missing, refuse
from api.intelligence.churn.calibration import CalibrationBin, Sigmoid, bin_of, bins
from api.intelligence.churn.cards import card, data_hash
from api.intelligence.churn.design import MOST_CATEGORIES
from api.intelligence.churn.learners import BestSingleFeature, Boosting, Contributions, Learner, Logistic, Stack
from api.intelligence.churn.selection import ENOUGH_EVENTS, choose, cross_fitted, events
from api.intelligence.estimator import Estimator
from api.intelligence.frames import Frame
from api.intelligence.threads import single_thread

BASELINE: Final = "best single feature"
CANDIDATES: Final[dict[str, Callable[[], Learner]]] = {
    BASELINE: BestSingleFeature,
    "logistic": Logistic,
    "boosting": Boosting,
    "stack": Stack,
}
FEW: Final = (BASELINE, "logistic")
FOLDS: Final = 5
LIKELY: Final = 0.5


class ContractualChurn(ClassifierMixin, Estimator):  # type: ignore[misc]  # scikit-learn has no types
    """Features: a pandas or polars frame, or a mapping of columns; text columns are categories, and a missing number
    counts as the median of those that were learned from. Raises InsufficientDataError with fewer than 50 customers of
    either outcome; below 250 only the logistic competes. A feature that alone tells every outcome was written down
    after it, and is refused."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, features: Any, churned: Any) -> Self:
        frame, outcome = Frame.of(features), _outcome(churned)
        if len(frame) != len(outcome):
            raise InvalidColumnError("churned", f"has {len(outcome)} rows, the features {len(frame)}")
        rarer = events(outcome)
        self._medians = frame.medians()
        frame = frame.filled(self._medians)
        _refuse_told(frame, outcome)
        self.feature_names_ = frame.names
        self.classes_ = _classes(churned)
        names = tuple(CANDIDATES) if rarer >= ENOUGH_EVENTS else FEW
        with single_thread():
            folds = self._folds(outcome)
            log_odds = {name: self._foretold(name, frame, outcome, folds) for name in names}
            probability = {name: cross_fitted(z, outcome, folds) for name, z in log_odds.items()}
            choice = choose(probability, outcome, BASELINE, self.random_state)
            self._learner = CANDIDATES[choice.champion]().fit(frame, outcome, self.random_state)
        self._sigmoid = Sigmoid.fit(log_odds[choice.champion], outcome)
        self.calibration_ = bins(probability[choice.champion], outcome)
        self.champion_ = choice.champion
        facts = {
            "kind": "contractual churn",
            "data_hash": data_hash(frame, outcome),
            "n": len(outcome),
            "churned": int(outcome.sum()),
            "features": frame.names,
            "folds": FOLDS,
            "random_state": self.random_state,
        }
        self.card_ = card(choice, self.calibration_, facts)
        return self

    def predict_proba(self, features: Any) -> Floats:
        """(rows, 2): of staying and of leaving."""
        leaving = self._sigmoid.apply(self._learner.contributions(self._frame(features)).log_odds)
        return np.column_stack([1 - leaving, leaving])

    def predict(self, features: Any) -> Any:
        """Of each customer the likelier outcome, in the words of what was learned from."""
        return self.classes_[(self.predict_proba(features)[:, 1] >= LIKELY).astype(np.int64)]

    def contributions(self, features: Any) -> Contributions:
        """They add up to the log-odds of `predict_proba`. What moved the score, which is not why a customer leaves."""
        return self._learner.contributions(self._frame(features)).moved(self._sigmoid.slope, self._sigmoid.shift)

    def alike(self, features: Any) -> list[CalibrationBin]:
        """For each customer those of the past with a like probability: so many, and so many of them left."""
        return bin_of(self.predict_proba(features)[:, 1], self.calibration_)

    def _frame(self, features: Any) -> Frame:
        return Frame.of(features).only(self.feature_names_).filled(self._medians)

    def _folds(self, outcome: Floats) -> Floats:
        folds = np.empty(len(outcome))
        splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=self.random_state)
        for number, (_, inside) in enumerate(splitter.split(outcome, outcome)):
            folds[inside] = number
        return folds

    def _foretold(self, name: str, frame: Frame, outcome: Floats, folds: Floats) -> Floats:
        log_odds = np.empty(len(outcome))
        for fold in range(FOLDS):
            inside = folds == fold
            learner = CANDIDATES[name]().fit(frame.rows(~inside), outcome[~inside], self.random_state)
            log_odds[inside] = learner.contributions(frame.rows(inside)).log_odds
        return log_odds


def _refuse_told(frame: Frame, outcome: Floats) -> None:
    """With fifty of either outcome, no honest feature of few values, or of one threshold, tells them all apart."""
    for name in frame.names:
        if frame.is_category(name):
            texts = np.array(frame.texts(name))
            told = len(set(texts)) <= MOST_CATEGORIES and not set(texts[outcome == 0]) & set(texts[outcome == 1])
        else:
            left, stayed = (frame.numbers([name])[outcome == value] for value in (1, 0))
            told = bool(left.min() > stayed.max() or left.max() < stayed.min())
        if told:
            raise InvalidColumnError(name, "tells every outcome: it was written down after it")


WORDS: Final = {"yes": 1.0, "true": 1.0, "1": 1.0, "no": 0.0, "false": 0.0, "0": 0.0}


def _outcome(churned: Any) -> Floats:
    column = np.asarray(churned)
    if column.dtype.kind in "OUST" and column.ndim == 1:
        values = column.tolist()
        refuse("churned", np.array([is_missing(value) for value in values], dtype=bool), "must not be empty")
        words = [str(value).strip().lower() for value in values]
        if not set(words) <= WORDS.keys():
            listed = sorted({str(value) for value in values})
            raise InvalidColumnError("churned", f"must be 0 and 1, True and False, or Yes and No, not {listed[:4]}")
        column = np.array([WORDS[word] for word in words])
    outcome = as_floats("churned", column)
    refuse("churned", ~np.isin(outcome, (0.0, 1.0)), "must be 0 or 1")
    return outcome


def _classes(churned: Any) -> Any:
    """As they were given: whoever stays, and whoever leaves."""
    outcome = _outcome(churned)
    column = np.asarray(churned)
    return np.array([column[outcome == value][0] for value in (0, 1)])
