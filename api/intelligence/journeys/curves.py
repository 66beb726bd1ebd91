"""Survival and competing risks: how long people stay in a stage, and where they go from there."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from api.intelligence.arrays import Floats, as_floats, as_spans, as_yes_or_no, refuse, same_length

CENSORED: Final = 0
Z_95: Final = 1.959963984540054
TAIL: Final = 0.025


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share at one time, with its standard error and 95% interval."""

    value: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A share that steps at `times` (ascending, distinct); `at_risk` is how many were left just before each."""

    n: int
    before: float
    times: Floats
    at_risk: Floats
    estimates: Floats
    standard_errors: Floats

    def at(self, time: float) -> Estimate:
        """The estimate at a time. Past the last one it keeps its last value: nobody was watched longer."""
        index = int(np.searchsorted(self.times, time, side="right")) - 1
        if index < 0:
            return estimate_of(self.before, 0.0, self.n)
        return estimate_of(float(self.estimates[index]), float(self.standard_errors[index]), self.n)


@dataclass(frozen=True, slots=True)
class Table:
    """Distinct `times`, how many were watched just before each, and (causes × times) how many left then."""

    n: int
    times: Floats
    at_risk: Floats
    leaving: Floats


def kaplan_meier(durations: ArrayLike, observed: ArrayLike, *, counts: ArrayLike | None = None) -> Curve:
    """The share that is still there after each time (Kaplan, Meier 1958), with Greenwood's standard error.

    `durations` and `observed` have one entry a person: how long it was watched, and whether it was seen to leave. With
    `counts` an entry stands for so many people.
    """
    seen = as_yes_or_no("observed", observed)
    table = table_of(durations, seen.astype(np.int64), causes=1, counts=counts, named="observed")
    times, at_risk, gone = table.times, table.at_risk, table.leaving[0]
    surviving = np.cumprod(1.0 - gone / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(gone < at_risk, gone / (at_risk * (at_risk - gone)), 0.0)
    errors = surviving * np.sqrt(np.cumsum(terms))
    kept = gone > 0
    return Curve(table.n, 1.0, times[kept], at_risk[kept], surviving[kept], errors[kept])


def aalen_johansen(
    durations: ArrayLike, outcomes: ArrayLike, *, causes: int | None = None, counts: ArrayLike | None = None
) -> tuple[Curve, ...]:
    """For each cause 1 to `causes`: the share that has left by it after each time, the others competing (Aalen,
    Johansen 1978), with the delta method's standard error (Marubini, Valsecchi 1995).

    `outcomes` holds the cause by which each person left, or CENSORED. Without `causes`, there are as many as are seen.
    """
    known = as_floats("outcomes", outcomes)
    causes = int(known.max(initial=1)) if causes is None else causes
    refuse("outcomes", known != np.floor(known), "must be whole numbers: a cause from 1 on, or 0 for none yet")
    refuse("outcomes", (known < CENSORED) | (known > causes), f"must be from {CENSORED} to {causes}")
    return incidence_of(table_of(durations, known.astype(np.int64), causes=causes, counts=counts, named="outcomes"))


def incidence_of(table: Table) -> tuple[Curve, ...]:
    """The curves of `aalen_johansen`, from its table."""
    times, at_risk, leaving = table.times, table.at_risk, table.leaving
    gone = leaving.sum(axis=0)
    surviving = np.cumprod(1.0 - gone / at_risk)
    before = np.concatenate(([1.0], surviving[:-1])) if len(times) else surviving
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard_terms = np.where(gone < at_risk, gone / (at_risk * (at_risk - gone)), 0.0)
    kept = gone > 0
    curves = []
    for cause in leaving:
        incidence = np.cumsum(before * cause / at_risk)
        own = before**2 * cause * (at_risk - cause) / at_risk**3
        cross = before * cause / at_risk**2
        # The sum over j of a_j (I - I_j)² + b_j - 2 c_j (I - I_j), multiplied out so that one pass gives every time.
        variance = (
            incidence**2 * np.cumsum(hazard_terms)
            - 2 * incidence * np.cumsum(hazard_terms * incidence)
            + np.cumsum(hazard_terms * incidence**2)
            + np.cumsum(own)
            - 2 * incidence * np.cumsum(cross)
            + 2 * np.cumsum(cross * incidence)
        )
        errors = np.sqrt(np.maximum(variance, 0.0))
        curves.append(Curve(table.n, 0.0, times[kept], at_risk[kept], incidence[kept], errors[kept]))
    return tuple(curves)


def table_of(
    durations: ArrayLike,
    outcomes: NDArray[np.int64],
    *,
    causes: int,
    counts: ArrayLike | None = None,
    named: str = "outcomes",
) -> Table:
    watched = as_spans("durations", durations)
    people = np.ones(watched.shape) if counts is None else as_floats("counts", counts)
    if len(watched) + len(outcomes) + len(people):
        same_length({"durations": watched, named: outcomes, "counts": people})
    refuse("counts", people <= 0, "must be above 0")
    times, place = np.unique(watched, return_inverse=True)
    at_risk = np.cumsum(np.bincount(place, people, len(times))[::-1])[::-1].astype(np.float64)
    leaving = np.zeros((causes, len(times)))
    for cause in range(1, causes + 1):
        chosen = outcomes == cause
        leaving[cause - 1] = np.bincount(place[chosen], people[chosen], len(times))
    return Table(int(people.sum()), times, at_risk, leaving)


def estimate_of(value: float, error: float, n: int) -> Estimate:
    """The interval is taken on the log(-log) scale, so it stays between 0 and 1. Where nobody or everybody has left
    that scale ends; there it is the exact one of a binomial share."""
    if n == 0:
        return Estimate(value, error, 0.0, 1.0)
    if value <= 0.0:
        return Estimate(0.0, 0.0, 0.0, 1.0 - TAIL ** (1.0 / n))
    if value >= 1.0:
        return Estimate(1.0, 0.0, TAIL ** (1.0 / n), 1.0)
    spread = np.exp(Z_95 * error / (value * abs(np.log(value))))
    return Estimate(value, error, float(value**spread), float(value ** (1.0 / spread)))
