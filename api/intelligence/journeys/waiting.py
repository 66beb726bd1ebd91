"""Where somebody goes next, and by when, given how long it has waited already."""

from collections.abc import Mapping
from typing import Any, Final, Self

import numpy as np

from api.intelligence.arrays import Floats, InvalidColumnError, as_floats, as_spans, same_length
from api.intelligence.estimator import Estimator
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.journeys.curves import Estimate, Table, estimate_of, incidence_of, table_of
from api.intelligence.journeys.spells import STILL_THERE, stage_names

LEAST: Final = 30


class NextStage(Estimator):
    """`fit` takes the spells of one stage. Up to the last time with `least` of them at risk the chances are Aalen and
    Johansen's among those who had waited as long; past it each next stage goes on at a constant rate, that of the later
    half of the time before (an exponential tail)."""

    def __init__(self, least: int = LEAST) -> None:
        self.least = least

    def fit(self, duration: Any, next_stage: Any, *, counts: Any = None) -> Self:
        durations, following = as_spans("duration", duration), stage_names("next_stage", next_stage)
        people = np.ones(len(durations)) if counts is None else as_floats("counts", counts)
        same_length({"duration": durations, "next_stage": following, "counts": people})
        if people.sum() < self.least:
            raise InsufficientDataError("spells in this stage", self.least, int(people.sum()))
        self.next_stages_ = tuple(sorted(set(following.tolist()) - {STILL_THERE}))
        codes = {name: position for position, name in enumerate((STILL_THERE, *self.next_stages_))}
        outcomes = np.array([codes[name] for name in following.tolist()], dtype=np.int64)
        self.n_ = int(people.sum())
        self._table = table_of(durations, outcomes, causes=len(self.next_stages_), counts=people)
        enough = np.flatnonzero(self._table.at_risk >= self.least)
        self.tail_from_ = float(self._table.times[enough[-1]])
        self._last_at_risk = int(self._table.at_risk[enough[-1]])
        self.rates_, self.events_ = self._rates(durations, people)
        return self

    def n_at_risk(self, waited: float) -> int:
        """How many were still there, and watched, after so long a wait."""
        later = np.flatnonzero(self._table.times > waited)
        return int(self._table.at_risk[later[0]]) if len(later) else 0

    def probabilities(self, waited: float, horizon: float) -> Mapping[str, Estimate]:
        """Of each next stage, that it is entered within `horizon` by somebody who has waited `waited`."""
        if not (0 <= waited < np.inf and 0 <= horizon < np.inf):
            raise InvalidColumnError("waited and horizon", "must be finite and not negative")
        until = waited + horizon
        known = incidence_of(self._between(waited, min(until, self.tail_from_)))
        staying, staying_error = 1.0, 0.0
        values = np.zeros(len(self.next_stages_))
        errors = np.zeros(len(self.next_stages_))
        if waited < self.tail_from_:
            reached = [curve.at(np.inf) for curve in known]
            values += [one.value for one in reached]
            errors += [one.standard_error for one in reached]
            staying = max(1.0 - float(values.sum()), 0.0)
            staying_error = float(np.sqrt((errors**2).sum()))
        if until > self.tail_from_:
            tail, tail_errors = self._tail(until - max(waited, self.tail_from_))
            values = values + staying * tail
            errors = np.sqrt(errors**2 + (staying * tail_errors) ** 2 + (tail * staying_error) ** 2)
        size = self.n_at_risk(waited) if waited < self.tail_from_ else self._last_at_risk
        return {
            name: estimate_of(min(float(value), 1.0), float(error), size)
            for name, value, error in zip(self.next_stages_, values, errors, strict=True)
        }

    def _between(self, begin: float, end: float) -> Table:
        """Who left in (begin, end], of those still there at its beginning."""
        table = self._table
        chosen = (table.times > begin) & (table.times <= end)
        return Table(self.n_at_risk(begin), table.times[chosen], table.at_risk[chosen], table.leaving[:, chosen])

    def _rates(self, durations: Floats, people: Floats) -> tuple[Floats, Floats]:
        """Of each next stage, per unit of time, and from how many: in the later half of the time before the tail."""
        begin = self.tail_from_ / 2
        late = (self._table.times > begin) & (self._table.times <= self.tail_from_)
        events = self._table.leaving[:, late].sum(axis=1)
        spent = (np.clip(durations, begin, self.tail_from_) - begin) @ people
        return (events / spent if spent > 0 else np.zeros(len(events))), events

    def _tail(self, length: float) -> tuple[Floats, Floats]:
        """The share that each takes within `length`, and its standard error by the delta method: counts are Poisson."""
        total = float(self.rates_.sum())
        if total == 0:
            return np.zeros(len(self.rates_)), np.zeros(len(self.rates_))
        gone = -np.expm1(-total * length)
        shares = self.rates_ / total * gone
        # d share_c / d rate_k = [c = k] gone / total + rate_c (length e^{-total length} / total - gone / total²)
        common = self.rates_ * (length * np.exp(-total * length) / total - gone / total**2)
        slopes = np.diag(np.full(len(self.rates_), gone / total)) + common[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            variances = np.where(self.events_ > 0, self.rates_**2 / self.events_, 0.0)
        return shares, np.sqrt((slopes**2) @ variances)
