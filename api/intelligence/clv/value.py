"""What customers have spent, and are expected to spend within a horizon."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from api.intelligence.arrays import Floats, Ints
from api.intelligence.clv.gamma_gamma import GammaGamma
from api.intelligence.clv.transactions import CustomerSummary

BLOCK = 2_000


class PurchaseModel(Protocol):
    def conditional_expected_purchases(self, t: float, frequency: Any, recency: Any, age: Any) -> Floats: ...

    def sample_purchases(
        self, t: float, frequency: Any, recency: Any, age: Any, *, size: int, random_state: np.random.Generator
    ) -> Ints: ...


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """One row a customer, in the order of the summary, in the unit of its values.

    `low` and `high` bound the predicted value with the given probability. They hold what a customer does by chance and
    what is unknown of him; not that the model may be wrong, so they are for single customers: the sum of all needs a
    backtest.
    """

    historic: Floats
    predicted: Floats
    total: Floats
    low: Floats
    high: Floats
    expected_purchases: Floats
    expected_value: Floats


def lifetime_value(
    purchases: PurchaseModel,
    spend: GammaGamma,
    summary: CustomerSummary,
    horizon: float,
    *,
    unit: float = 1.0,
    level: float = 0.9,
    draws: int = 400,
    random_state: int,
) -> LifetimeValue:
    """`horizon` is in the models' unit of time, and `unit` how many days that is."""
    recency, age = summary.recency / unit, summary.age / unit
    expected = purchases.conditional_expected_purchases(horizon, summary.frequency, recency, age)
    value = spend.conditional_expected_value(summary.frequency, summary.mean_value)
    repeated = np.where(summary.frequency > 0, summary.frequency * np.nan_to_num(summary.mean_value), 0.0)
    historic = summary.first_value + repeated
    random = np.random.default_rng(random_state)
    tails = [(1 - level) / 2, (1 + level) / 2]
    bounds = np.empty((2, len(historic)))
    for begin in range(0, len(historic), BLOCK):
        part = slice(begin, begin + BLOCK)
        drawn = purchases.sample_purchases(
            horizon, summary.frequency[part], recency[part], age[part], size=draws, random_state=random
        )
        spent = spend.sample_spend(drawn, summary.frequency[part], summary.mean_value[part], random_state=random)
        bounds[:, part] = np.quantile(spent, tails, axis=0)
    predicted = expected * value
    return LifetimeValue(historic, predicted, historic + predicted, bounds[0], bounds[1], expected, value)
