"""What customers will bring within a horizon, tested on past cutoffs: the band on the total comes from there, and the
models are shown only when they beat each customer's own rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats
from api.intelligence.clv.beta_geometric import BetaGeoNBD
from api.intelligence.clv.gamma_gamma import GammaGamma
from api.intelligence.clv.transactions import CustomerSummary, summarize_transactions
from api.intelligence.insufficient import InsufficientDataError

WEEK: Final = 7.0
TESTS: Final = 3
LEAST_REPEATERS: Final = 50
DRAWS: Final = 200
LEVEL: Final = 0.9
CLEAR: Final = 2.0


@dataclass(frozen=True, slots=True)
class Sales:
    """Orders and money that went back (below 0), a row each; `known` is the day since when each is known."""

    customer: NDArray[Any]
    day: Floats
    known: Floats
    value: Floats

    def until(self, day: float) -> "Sales":
        return self.rows(self.known <= day)

    def rows(self, chosen: NDArray[np.bool_]) -> "Sales":
        return Sales(self.customer[chosen], self.day[chosen], self.known[chosen], self.value[chosen])

    @property
    def bought(self) -> "Sales":
        return self.rows(self.value > 0)


@dataclass(frozen=True, slots=True)
class ValueModel:
    """BG/NBD in weeks, Gamma-Gamma in the unit of the values; `kept` is the share of the money that did not go back.

    `spend` is None where customers pay the same again and again, as subscribers do: that is the limit of Gamma-Gamma
    without variation, in which a customer's own mean stands, and `mean` for those who bought once.
    """

    purchases: Mapping[str, float]
    spend: Mapping[str, float] | None
    mean: float
    kept: float
    degenerate: bool = False

    @classmethod
    def fit(cls, sales: Sales, end: float) -> "ValueModel":
        known = sales.until(end)
        summary = _summary(known, end)
        repeaters = int(((summary.frequency > 0) & (summary.mean_value > 0)).sum())
        if repeaters < LEAST_REPEATERS:
            raise InsufficientDataError("customers who bought on two days or more", LEAST_REPEATERS, repeaters)
        counts = BetaGeoNBD().fit(summary.frequency, summary.recency / WEEK, summary.age / WEEK)
        spend = GammaGamma().fit(summary.frequency, summary.mean_value)
        gross = known.value[known.value > 0].sum()
        kept = float(np.clip(known.value.sum() / gross, 0, 1))
        told = (summary.frequency > 0) & (summary.mean_value > 0)
        mean = float(summary.mean_value[told].mean())
        return cls(counts.params_, None if spend.degenerate_ else spend.params_, mean, kept, counts.degenerate_)

    def counts(self) -> BetaGeoNBD:
        model = BetaGeoNBD()
        model.params_ = dict(self.purchases)
        return model

    def mean_value(self, summary: CustomerSummary) -> Floats:
        if self.spend is None:
            return np.where(summary.frequency > 0, np.nan_to_num(summary.mean_value), self.mean)
        model = GammaGamma()
        model.params_ = dict(self.spend)
        return np.asarray(model.conditional_expected_value(summary.frequency, summary.mean_value), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Forecast:
    """One row a customer in the order of the keys; `predicted` is `purchases` × `mean_value` × the share kept."""

    customer: NDArray[Any]
    historic: Floats
    predicted: Floats
    low: Floats
    high: Floats
    purchases: Floats
    mean_value: Floats
    alive: Floats
    rate: Floats
    """What the customer's own rate so far would bring: the baseline."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """At each past cutoff the total that was predicted for the customers known then, by the model and by its baseline,
    and what they brought. `margin` is
    by how much the mean absolute error of a customer is less than the baseline's, with its standard error."""

    cutoffs: list[float]
    predicted: list[float]
    baseline: list[float]
    actual: list[float]
    error: float
    baseline_error: float
    margin: float
    margin_error: float
    customers: int

    @property
    def beats_baseline(self) -> bool:
        return self.margin > CLEAR * self.margin_error


def forecast(model: ValueModel, sales: Sales, until: float, horizon: float) -> Forecast:
    """Of every customer who has bought. Intervals are drawn apart, by `intervals`."""
    known = sales.until(until)
    summary = _summary(known, until)
    counts = model.counts()
    x, recency, age = summary.frequency, summary.recency / WEEK, summary.age / WEEK
    purchases = counts.conditional_expected_purchases(horizon / WEEK, x, recency, age)
    mean_value = model.mean_value(summary)
    position = np.searchsorted(summary.customer, known.customer)
    mine = np.clip(position, 0, len(summary.customer) - 1)
    own = summary.customer[mine] == known.customer
    historic = np.bincount(mine[own], weights=known.value[own], minlength=len(summary.customer)).astype(np.float64)
    rate = np.maximum(historic, 0) * horizon / np.maximum(summary.age + 1, 30.0)
    predicted = purchases * mean_value * model.kept
    nothing = np.zeros_like(predicted)
    alive = counts.probability_alive(x, recency, age)
    return Forecast(summary.customer, historic, predicted, nothing, nothing, purchases, mean_value, alive, rate)


def intervals(
    model: ValueModel, sales: Sales, until: float, horizon: float, *, keys: list[int], random_state: int
) -> tuple[Floats, Floats]:
    """Bounds of what each customer brings with a probability of LEVEL. Every customer has draws of his own, seeded by
    his key, so that they do not depend on who else is asked about."""
    summary = _summary(sales.until(until), until)
    counts = model.counts()
    drawn = np.empty((DRAWS, len(summary.customer)))
    recency, age = summary.recency / WEEK, summary.age / WEEK
    r, alpha, a, b = (counts.params_[name] for name in ("r", "alpha", "a", "b"))
    means = model.mean_value(summary)
    alive = counts.probability_alive(summary.frequency, recency, age)
    for row, (x, z) in enumerate(zip(summary.frequency.tolist(), np.nan_to_num(summary.mean_value), strict=True)):
        random = np.random.default_rng([random_state, keys[row]])
        rate = random.gamma(r + x, size=DRAWS) / (alpha + age[row])
        stop = random.geometric(np.maximum(random.beta(a, b + x, size=DRAWS), 1e-12))
        count = np.where(random.random(DRAWS) < alive[row], np.minimum(random.poisson(rate * horizon / WEEK), stop), 0)
        if model.spend is None:
            drawn[:, row] = count * means[row]
            continue
        p, q, gamma = (model.spend[name] for name in ("p", "q", "gamma"))
        each = random.gamma(p * x + q, size=DRAWS) / (gamma + x * z)
        drawn[:, row] = np.where(count > 0, random.gamma(np.maximum(p * count, 1e-12)) / each, 0.0)
    low, high = np.quantile(drawn * model.kept, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def backtest(sales: Sales, end: float, horizon: float) -> Backtest:
    first = float(sales.day.min()) if len(sales.day) else end
    if end - first < 3 * horizon:
        raise InsufficientDataError("days of history", int(np.ceil(3 * horizon)), max(0, int(end - first)))
    step = horizon / TESTS
    cutoffs = [end - horizon - number * step for number in range(TESTS)]
    said, rated, was, gains, errors, plain, owners = [], [], [], [], [], [], []
    for cutoff in cutoffs:
        model = ValueModel.fit(sales, cutoff)
        found = forecast(model, sales, cutoff, horizon)
        later = sales.rows((sales.day > cutoff) & (sales.day <= cutoff + horizon))
        position = np.clip(np.searchsorted(found.customer, later.customer), 0, len(found.customer) - 1)
        theirs = found.customer[position] == later.customer
        actual = np.bincount(position[theirs], weights=later.value[theirs], minlength=len(found.customer))
        said.append(float(found.predicted.sum()))
        rated.append(float(found.rate.sum()))
        was.append(float(actual.sum()))
        error, baseline = np.abs(found.predicted - actual), np.abs(found.rate - actual)
        gains.append(baseline - error)
        errors.append(error)
        plain.append(baseline)
        owners.append(found.customer)
    gain = _by_customer(np.concatenate(gains), np.concatenate(owners))
    return Backtest(
        cutoffs,
        said,
        rated,
        was,
        float(np.concatenate(errors).mean()),
        float(np.concatenate(plain).mean()),
        float(gain.mean()),
        float(gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else float("inf"),
        len(gain),
    )


def _by_customer(values: Floats, owners: NDArray[Any]) -> Floats:
    _, code = np.unique(owners, return_inverse=True)
    return np.asarray(np.bincount(code, weights=values) / np.bincount(code), dtype=np.float64)


def _summary(known: Sales, until: float) -> CustomerSummary:
    bought = known.bought
    if not len(bought.day):
        raise InsufficientDataError("orders of known customers", 1, 0)
    return summarize_transactions(bought.customer, bought.day, bought.value, until)
