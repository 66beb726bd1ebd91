"""Learning from past moments, and being tested only on later ones: at each test cutoff the candidates know of those
moments alone whose horizon had ended by then."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from api.intelligence.arrays import Floats
from api.intelligence.churn.calibration import CalibrationBin, Sigmoid, bins
from api.intelligence.churn.learners import Learner
from api.intelligence.churn.panel import Moment, stacked
from api.intelligence.churn.selection import ENOUGH_EVENTS, Choice, choose, cross_fitted, events
from api.intelligence.frames import Frame
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.progress import Progress, unheard

TESTS: Final = 3
MOST_CUTOFFS: Final = 8
STEPS_A_HORIZON: Final = 3
STEEPEST: Final = 1.5
"""Of the calibrating line: a steeper one, from a few tests, makes certainties of a rule's rough groups."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """How each learner is made. `few` are those that compete while there is little of the rarer outcome."""

    all: Mapping[str, Callable[[], Learner]]
    few: tuple[str, ...]
    baseline: str


@dataclass(frozen=True, slots=True)
class Walked:
    """The champion, fitted to every moment that is over; `frame` and `outcome` are what it was fitted to."""

    choice: Choice
    learner: Learner
    sigmoid: Sigmoid
    calibration: list[CalibrationBin]
    frame: Frame
    outcome: Floats
    cutoffs: list[float]
    test_cutoffs: list[float]


def history_needed(horizon: float) -> float:
    """Days before the end of the data: one horizon to learn, the tests, and one horizon to see them through."""
    return horizon * (2 + TESTS / STEPS_A_HORIZON)


def cutoffs(first_day: float, end: float, horizon: float) -> list[float]:
    """The newest first; the label window of the newest ends with the data."""
    step = horizon / STEPS_A_HORIZON
    latest = [end - horizon - number * step for number in range(TESTS + STEPS_A_HORIZON + MOST_CUTOFFS)]
    return [cutoff for cutoff in latest if cutoff >= first_day + step]


def refuse_short(first_day: float, end: float, horizon: float) -> None:
    need, have = history_needed(horizon), end - first_day
    if have < need:
        raise InsufficientDataError("days of history", int(np.ceil(need)), max(0, int(have)))


def walk_forward(
    moments: Sequence[Moment],
    horizon: float,
    candidates: Candidates,
    random_state: int,
    progress: Progress = unheard,
) -> Walked:
    """`moments` are the newest first, the newest with its horizon over."""
    tests = moments[:TESTS]
    newest = moments[0]
    known = _for(moments, newest.cutoff)
    frame, outcome = stacked(known)
    names = tuple(candidates.all) if events(_once_each(known)) >= ENOUGH_EVENTS else candidates.few
    silent = np.concatenate([test.silent for test in tests])
    folds = np.concatenate([np.full(len(test.silent), number) for number, test in enumerate(tests)])
    makers = {name: candidates.all[name] for name in names}
    parts: dict[str, list[Floats]] = {name: [] for name in makers}
    steps = [(name, test) for name in makers for test in tests]
    for done, (name, test) in enumerate(steps):
        progress(done, len(steps) + 1)
        parts[name].append(_foretold(makers[name], moments, test, horizon, random_state))
    progress(len(steps), len(steps) + 1)
    log_odds = {name: np.concatenate(part) for name, part in parts.items()}
    probability = {name: cross_fitted(z, silent, folds) for name, z in log_odds.items()}
    _, groups = np.unique(np.concatenate([test.customer for test in tests]), return_inverse=True)
    choice = choose(probability, silent, candidates.baseline, random_state, groups.astype(np.float64))
    learner = candidates.all[choice.champion]().fit(frame, outcome, random_state)
    fitted = Sigmoid.fit(log_odds[choice.champion], silent)
    sigmoid = Sigmoid(min(fitted.slope, STEEPEST), fitted.shift).centred(
        learner.contributions(newest.features).log_odds, float(np.clip(newest.silent.mean(), 0.001, 0.999))
    )
    return Walked(
        choice,
        learner,
        sigmoid,
        bins(probability[choice.champion], silent),
        frame,
        outcome,
        [moment.cutoff for moment in known],
        [test.cutoff for test in tests],
    )


def _once_each(moments: Sequence[Moment]) -> Floats:
    """An outcome for each customer of each kind: windows overlap, and who is seen in three of them is no three."""
    left = np.unique(np.concatenate([moment.customer[moment.silent == 1] for moment in moments]))
    stayed = np.unique(np.concatenate([moment.customer[moment.silent == 0] for moment in moments]))
    return np.concatenate([np.ones(len(left)), np.zeros(len(stayed))])


def _for(moments: Sequence[Moment], cutoff: float) -> list[Moment]:
    """What may be learned from for predictions at `cutoff`, newest first."""
    return [moment for moment in moments if moment.cutoff <= cutoff][:MOST_CUTOFFS]


def _foretold(
    make: Callable[[], Learner], moments: Sequence[Moment], test: Moment, horizon: float, random_state: int
) -> Floats:
    past = _for(moments, test.cutoff - horizon)
    assert all(moment.cutoff + horizon <= test.cutoff for moment in past)
    if not past:
        raise InsufficientDataError("past moments to learn from", 1, 0)
    frame, outcome = stacked(past)
    if outcome.min() == outcome.max():
        raise InsufficientDataError("outcomes of both kinds in a past window", 2, 1)
    return make().fit(frame, outcome, random_state).contributions(test.features).log_odds
