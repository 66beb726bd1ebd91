"""Stage spells: who stayed in which stage for how long, and where that led."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import (
    Floats,
    InvalidColumnError,
    as_floats,
    as_keys,
    as_spans,
    is_missing,
    refuse,
    same_length,
)
from api.intelligence.dates import comparable_times

STILL_THERE: Final = ""
"""In place of a next stage. None and NaN are taken for it."""


@dataclass(frozen=True, slots=True)
class StageSpells:
    """One row a spell; `next_stage` is "" for whoever is still there."""

    customer: NDArray[Any]
    stage: NDArray[np.str_]
    entered: Floats
    duration: Floats
    next_stage: NDArray[np.str_]


def stage_spells(customer: Any, stage: Any, entered: Any, until: Any) -> StageSpells:
    """The spells of a log of entries: each lasts until the same customer's next entry, the last one until `until`, the
    end of the watching. An entry into the stage that the customer is in already, or at or after `until`, is left out.
    `entered` are numbers, or dates and moments: these are taken in days since 1970, parts of a day included.
    """
    who, (times, end) = as_keys("customer", customer), comparable_times(entered=entered, until=[until])
    until = float(end[0])
    stages = stage_names("stage", stage)
    same_length({"customer": who, "stage": stages, "entered": times})
    refuse("stage", stages == STILL_THERE, "must be named")
    kept = times < until
    who, stages, times = who[kept], stages[kept], times[kept]
    order = np.lexsort((times, who))
    who, stages, times = who[order], stages[order], times[order]
    again = np.zeros(len(who), dtype=bool)
    again[1:] = (who[1:] == who[:-1]) & (stages[1:] == stages[:-1])
    who, stages, times = who[~again], stages[~again], times[~again]
    goes_on = np.zeros(len(who), dtype=bool)
    goes_on[:-1] = who[1:] == who[:-1]
    ends = np.where(goes_on, np.append(times[1:], until), until)
    following = np.where(goes_on, np.append(stages[1:], STILL_THERE), STILL_THERE)
    return StageSpells(who, stages, times, ends - times, following)


def stage_names(name: str, given: Any) -> NDArray[np.str_]:
    column = np.asarray(given)
    if column.ndim != 1:
        raise InvalidColumnError(name, f"must have one dimension, not {column.ndim}")
    return np.array([STILL_THERE if is_missing(value) else str(value) for value in column.tolist()], dtype=np.str_)


@dataclass(frozen=True, slots=True)
class Cells:
    """Spells put together: `count` of stage, next stage (-1: still there) and duration. Stages by position in `names`.

    With more than `MOST_TIMES` distinct durations they are rounded up to as many quantiles.
    """

    names: tuple[str, ...]
    stage: NDArray[np.int64]
    next_stage: NDArray[np.int64]
    duration: Floats
    count: Floats

    @classmethod
    def of(cls, stage: Any, duration: Any, next_stage: Any, counts: Any, named: Sequence[str] = ()) -> "Cells":
        stages, following = stage_names("stage", stage), stage_names("next_stage", next_stage)
        durations = as_spans("duration", duration)
        people = np.ones(len(durations)) if counts is None else as_floats("counts", counts)
        same_length({"stage": stages, "duration": durations, "next_stage": following, "counts": people})
        refuse("counts", people <= 0, "must be above 0")
        refuse("stage", stages == STILL_THERE, "must be named")
        refuse("next_stage", stages == following, "must differ from the stage itself")
        names = tuple(sorted({*stages.tolist(), *following.tolist(), *named} - {STILL_THERE}))
        codes = {name: position for position, name in enumerate(names)} | {STILL_THERE: -1}
        return cls(
            names,
            np.array([codes[name] for name in stages.tolist()], dtype=np.int64),
            np.array([codes[name] for name in following.tolist()], dtype=np.int64),
            _grouped(durations),
            people,
        )

    def rows(self, chosen: NDArray[np.bool_]) -> "Cells":
        return Cells(self.names, self.stage[chosen], self.next_stage[chosen], self.duration[chosen], self.count[chosen])


MOST_TIMES: Final = 1_000


def _grouped(durations: Floats) -> Floats:
    times = np.unique(durations)
    if len(times) <= MOST_TIMES:
        return durations
    steps = np.unique(np.quantile(durations, np.linspace(0, 1, MOST_TIMES), method="higher"))
    return np.asarray(steps[np.searchsorted(steps, durations)], dtype=np.float64)
