"""Customers by what they did, as it was known at past moments: for leaving a contract, and for going on to the next
stage of a journey."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, Ints
from api.intelligence.churn.learners import BestSingleFeature, Boosting, Logistic, Stack
from api.intelligence.churn.panel import Moment
from api.intelligence.churn.walking import Candidates, Walked, cutoffs, refuse_short, walk_forward
from api.intelligence.frames import Frame
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.progress import Progress, unheard
from api.intelligence.threads import single_thread

BASELINE: Final = "best single feature"
CANDIDATES: Final = Candidates(
    {BASELINE: BestSingleFeature, "logistic": Logistic, "boosting": Boosting, "stack": Stack},
    few=(BASELINE, "logistic"),
    baseline=BASELINE,
)
MONTH: Final = 30.0
QUARTER: Final = 90.0
LEAST_LEAVERS: Final = 50

Observe = Callable[[float], Moment]


class Kind(IntEnum):
    EVENT = 0
    ORDER = 1
    CONVERSATION = 2


@dataclass(frozen=True, slots=True)
class Marks:
    """Rows of (customer, day, since when it is known). `customer` is a code from 0."""

    customer: Ints
    day: Floats
    known: Floats

    def until(self, cutoff: float) -> "Marks":
        kept = self.known <= cutoff
        return Marks(self.customer[kept], self.day[kept], self.known[kept])

    def latest(self, size: int) -> Floats:
        """By customer; minus infinity where there is none."""
        found = np.full(size, -np.inf)
        np.maximum.at(found, self.customer, self.day)
        return found


@dataclass(frozen=True, slots=True)
class Activity:
    """What customers did, a row each: `kind` of Kind, `value` of orders. `size` is the number of customers."""

    size: int
    marks: Marks
    kind: Ints
    value: Floats

    @property
    def first_day(self) -> float:
        return float(self.marks.day.min()) if len(self.marks.day) else 0.0


def features(activity: Activity, customers: Ints, cutoff: float) -> dict[str, NDArray[Any]]:
    """Of the customers, from what was known at the cutoff."""
    marks, size = activity.marks, activity.size
    known = marks.known <= cutoff
    who, day, kind = marks.customer[known], marks.day[known], activity.kind[known]
    value = activity.value[known]

    def count(chosen: NDArray[np.bool_]) -> Floats:
        return np.bincount(who[chosen], minlength=size).astype(np.float64)

    def extreme(chosen: NDArray[np.bool_], reduce: Any, start: float) -> Floats:
        found = np.full(size, start)
        reduce.at(found, who[chosen], day[chosen])
        return found

    everything = np.ones(len(who), dtype=bool)
    orders, events = kind == Kind.ORDER, kind == Kind.EVENT
    age = cutoff - np.minimum(extreme(everything, np.minimum, np.inf), cutoff)
    recent = events & (day > cutoff - MONTH)
    before = events & (day <= cutoff - MONTH) & (day > cutoff - 2 * MONTH)
    pairs = np.unique(who[recent] * 1_000_000 + day[recent].astype(np.int64))
    ordered = count(orders)
    last_order = extreme(orders, np.maximum, -np.inf)
    table: dict[str, Floats] = {
        "days_as_customer": age,
        "days_since_last_activity": np.minimum(cutoff - extreme(everything, np.maximum, -np.inf), 1e4),
        "events_last_30_days": count(recent),
        "events_30_days_before": count(before),
        "active_days_last_30": np.bincount(pairs // 1_000_000, minlength=size).astype(np.float64),
        "orders": ordered,
        "days_since_last_order": np.where(ordered > 0, cutoff - last_order, age),
        "mean_order_value": np.bincount(who[orders], weights=value[orders], minlength=size) / np.maximum(ordered, 1),
        "conversations_last_90_days": count((kind == Kind.CONVERSATION) & (day > cutoff - QUARTER)),
    }
    return {name: column[customers] for name, column in table.items()}


@dataclass(frozen=True, slots=True)
class Contracts:
    """When customers signed or paid, and when they gave notice."""

    activity: Activity
    starts: Marks
    ends: Marks

    def observe(self, cutoff: float, horizon: float) -> Moment:
        """Customers under contract at the cutoff; `silent` says whether they gave notice within the horizon."""
        size = self.activity.size
        started, ended = self.starts.until(cutoff).latest(size), self.ends.until(cutoff).latest(size)
        here = np.flatnonzero(np.isfinite(started) & (started > ended)).astype(np.int64)
        gone = self.ends.customer[(self.ends.day > cutoff) & (self.ends.day <= cutoff + horizon)]
        left = np.isin(here, gone).astype(np.float64)
        return Moment(cutoff, here, Frame(features(self.activity, here, cutoff)), left)


@dataclass(frozen=True, slots=True)
class Stages:
    """Entries into stages; `stage` is the position on the way of each, -1 for an exit. `names` by position."""

    activity: Activity
    entries: Marks
    stage: Ints
    names: Sequence[str]

    def observe(self, cutoff: float, horizon: float) -> Moment:
        """Customers in a stage with one after it; `silent` says whether they went further within the horizon."""
        marks, size = self.entries, self.activity.size
        known = np.flatnonzero(marks.known <= cutoff)
        order = known[np.lexsort((marks.day[known], marks.customer[known]))]
        stage, entered = np.full(size, -1, dtype=np.int64), np.zeros(size)
        stage[marks.customer[order]] = self.stage[order]  # the last of each customer stands
        entered[marks.customer[order]] = marks.day[order]
        here = np.flatnonzero((stage >= 0) & (stage < len(self.names) - 1)).astype(np.int64)
        later = (marks.day > cutoff) & (marks.day <= cutoff + horizon) & (self.stage > stage[marks.customer])
        moved = np.isin(here, marks.customer[later]).astype(np.float64)
        named: dict[str, NDArray[Any]] = {
            "stage": np.array([self.names[position] for position in stage[here]], dtype=np.str_),
            "days_in_stage": cutoff - entered[here],
        }
        return Moment(cutoff, here, Frame({**named, **features(self.activity, here, cutoff)}), moved)


def walk(
    known: Contracts | Stages,
    end: float,
    horizon: float,
    random_state: int,
    what: str,
    progress: Progress = unheard,
) -> Walked:
    """`what` are those whom it happened to, in the words of the refusal when they are too few."""
    refuse_short(known.activity.first_day if len(known.activity.kind) else end, end, horizon)
    moments = [known.observe(cutoff, horizon) for cutoff in cutoffs(known.activity.first_day, end, horizon)]
    happened = np.unique(np.concatenate([moment.customer[moment.silent == 1] for moment in moments]))
    if len(happened) < LEAST_LEAVERS:
        raise InsufficientDataError(what, LEAST_LEAVERS, len(happened))
    with single_thread():
        return walk_forward(moments, horizon, CANDIDATES, random_state, progress)
