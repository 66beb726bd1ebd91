"""Customers as they were known at past moments, and what they did next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from api.intelligence.arrays import Floats, InvalidColumnError, as_floats, as_keys, same_length
from api.intelligence.clv import BetaGeoNBD, summarize_transactions
from api.intelligence.dates import as_days
from api.intelligence.frames import Frame

PURCHASE_MODEL: Final = "purchase_model"
"""The log-odds of buying nothing by BG/NBD, fitted to what was known at the moment."""
CLIP: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Purchases:
    """A table of purchases; rows of money that went back are none, and are left out. `known` is the day since when
    each is known, which is its own unless it came in late."""

    customer: NDArray[Any]
    day: Floats
    value: Floats
    known: Floats

    @classmethod
    def of(cls, customer: Any, date: Any, value: Any, known: Any = None) -> "Purchases":
        keys, days, amounts = as_keys("customer", customer), as_days("date", date), as_floats("value", value)
        since = days if known is None else np.maximum(days, as_days("known", known))
        same_length({"customer": keys, "date": days, "value": amounts, "known": since})
        bought = amounts >= 0
        if not bought.any():
            raise InvalidColumnError("value", "has no purchase")
        return cls(keys[bought], days[bought], amounts[bought], since[bought])

    def until(self, day: float) -> "Purchases":
        """What was known by the end of the day."""
        known = self.known <= day
        return Purchases(self.customer[known], self.day[known], self.value[known], self.known[known])


@dataclass(frozen=True, slots=True)
class Moment:
    """The customers known at a cutoff; `silent` when they bought nothing in (cutoff, cutoff + horizon], or whatever
    else is foretold happened. `purchase_model` holds the parameters of the feature of that name."""

    cutoff: float
    customer: NDArray[Any]
    features: Frame
    silent: Floats
    purchase_model: Mapping[str, float] = field(default_factory=dict)


def observe(
    purchases: Purchases, cutoff: float, horizon: float, purchase_model: Mapping[str, float] | None = None
) -> Moment:
    """Features come from purchases known at the cutoff alone: whatever comes later cannot change them. With the
    parameters of a purchase model nothing is fitted, so that a customer's features depend on nobody else's."""
    known = purchases.until(cutoff)
    summary = summarize_transactions(known.customer, known.day, known.value, cutoff)
    later = purchases.customer[(purchases.day > cutoff) & (purchases.day <= cutoff + horizon)]
    silent = (~np.isin(summary.customer, later)).astype(np.float64)
    since = summary.age - summary.recency
    gap = np.where(summary.frequency > 0, summary.recency / np.maximum(summary.frequency, 1), summary.age)
    position = np.searchsorted(summary.customer, known.customer)
    recent = np.bincount(position[known.day > cutoff - horizon], minlength=len(summary.customer))
    spent = np.bincount(position, weights=known.value, minlength=len(summary.customer))
    weeks = 7.0
    model = BetaGeoNBD()
    if purchase_model is None:
        model.fit(summary.frequency, summary.recency / weeks, summary.age / weeks)
    else:
        model.params_ = dict(purchase_model)
    nothing = model.probability_no_purchase(
        horizon / weeks, summary.frequency, summary.recency / weeks, summary.age / weeks
    )
    features = Frame(
        {
            "days_since_last_purchase": since,
            "purchase_days": summary.frequency + 1.0,
            "days_as_customer": summary.age,
            "mean_days_between": gap,
            "gaps_since_last_purchase": since / np.maximum(gap, 1.0),
            "recent_purchases": recent.astype(np.float64),
            "mean_value": spent / (summary.frequency + 1.0),
            PURCHASE_MODEL: logit(np.clip(nothing, CLIP, 1 - CLIP)),
        }
    )
    return Moment(cutoff, summary.customer, features, silent, model.params_)


def stacked(moments: Sequence[Moment]) -> tuple[Frame, Floats]:
    names = moments[0].features.names
    columns = {name: np.concatenate([moment.features.columns[name] for moment in moments]) for name in names}
    return Frame(columns), np.concatenate([moment.silent for moment in moments])
