"""Pareto/NBD beside BG/NBD: two models of the same purchases that differ in when customers may leave. Where they
disagree, neither is to be taken at its word. Pure."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import spearmanr

from api.intelligence.clv import ParetoNBD, summarize_transactions
from api.intelligence.clv.forecast import Sales, ValueModel, forecast

NAME: Final = "Pareto/NBD"
WEEK: Final = 7.0


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Purchases that either expects of all customers within the horizon, and the correlation of the customers' ranks;
    None where all are alike."""

    name: str
    parameters: dict[str, float]
    log_likelihood: float
    degenerate: bool
    purchases: float
    purchases_shown: float
    rank_correlation: float | None

    def to_card(self) -> dict[str, Any]:
        return asdict(self)


def second_opinion(model: ValueModel, sales: Sales, until: float, horizon: float) -> SecondOpinion:
    known = sales.until(until)
    bought = known.bought
    summary = summarize_transactions(bought.customer, bought.day, bought.value, until)
    history = summary.frequency, summary.recency / WEEK, summary.age / WEEK
    other = ParetoNBD().fit(*history)
    expected = other.conditional_expected_purchases(horizon / WEEK, *history)
    shown = forecast(model, known, until, horizon).purchases
    alike = np.ptp(expected) == 0 or np.ptp(shown) == 0
    return SecondOpinion(
        NAME,
        other.params_,
        other.log_likelihood_,
        other.degenerate_,
        float(expected.sum()),
        float(shown.sum()),
        None if alike else float(spearmanr(expected, shown).statistic),
    )
