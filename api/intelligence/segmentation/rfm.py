"""Recency, frequency and money in fifths, and the eleven names of their cells."""

from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from api.intelligence.arrays import Floats, Ints, InvalidColumnError, as_floats, as_keys, same_length
from api.intelligence.dates import comparable_days

LABELS: Final = (
    "champions",
    "loyal_customers",
    "potential_loyalists",
    "new_customers",
    "promising",
    "customers_needing_attention",
    "about_to_sleep",
    "at_risk",
    "cannot_lose_them",
    "hibernating",
    "lost",
)
PROSPECT: Final = "prospect"
FIFTHS: Final = 5


@dataclass(frozen=True, slots=True)
class Rfm:
    """One row a customer, in the order of their keys.

    recency    days from the last purchase to the day asked about; NaN for prospects, who have bought nothing
    frequency  purchases; money that went back is none
    monetary   what they paid, less what went back
    r, f, m    the fifths, 5 the best; 0 for prospects
    """

    customer: NDArray[Any]
    recency: Floats
    frequency: Ints
    monetary: Floats
    r: Ints
    f: Ints
    m: Ints
    label: NDArray[np.str_]


def rfm(customer: Any, date: Any, value: Any, as_of: Any) -> Rfm:
    """One row of the table a purchase, negative values for money that went back. What lies after `as_of` is left out;
    customers with nothing else are left out too."""
    keys, amounts = as_keys("customer", customer), as_floats("value", value)
    days, end = comparable_days(date=date, as_of=[as_of])
    day = float(end[0])
    same_length({"customer": keys, "date": days, "value": amounts})
    known = days <= day
    if not known.any():
        raise InvalidColumnError("date", "has nothing up to `as_of`")
    names, code = np.unique(keys[known], return_inverse=True)
    days, amounts = days[known], amounts[known]
    bought = amounts >= 0
    last = np.full(len(names), -np.inf)
    np.maximum.at(last, code[bought], days[bought])
    frequency = np.bincount(code[bought], minlength=len(names)).astype(np.int64)
    monetary = np.bincount(code, weights=amounts, minlength=len(names)).astype(np.float64)
    buyer = frequency > 0
    recency = np.where(buyer, day - last, np.nan)
    r, f, m = (_fifths(column, buyer) for column in (-recency, frequency.astype(np.float64), monetary))
    return Rfm(names, recency, frequency, monetary, r, f, m, _LABELS[r, f, m])


def label(r: int, f: int, m: int) -> str:
    """The first rule that holds. Those who were worth much and stay away come before those who only need attention."""
    rules = (
        (r >= 4 and f >= 4 and m >= 4, "champions"),
        (r <= 2 and f >= 4 and m >= 4, "cannot_lose_them"),
        (r <= 2 and (f >= 3 or m >= 3), "at_risk"),
        (r >= 3 and f >= 4, "loyal_customers"),
        (r == 5 and f <= 2, "new_customers"),
        (r >= 4 and f >= 2, "potential_loyalists"),
        (r >= 4, "promising"),
        (r == 3 and (f >= 3 or m >= 3), "customers_needing_attention"),
        (r == 3, "about_to_sleep"),
        (r == 2, "hibernating"),
    )
    return next((name for holds, name in rules if holds), "lost")


def fifths(column: Floats) -> Ints:
    """Equal values share a fifth: five times the mean rank, as a share of all, rounded up."""
    ranks = rankdata(column, method="average") / max(1, len(column))
    return np.asarray(np.ceil(FIFTHS * ranks - 1e-9), dtype=np.int64)


def _fifths(column: Floats, counted: NDArray[np.bool_]) -> Ints:
    scores = np.zeros(len(column), dtype=np.int64)
    scores[counted] = fifths(column[counted])
    return scores


def _labels() -> NDArray[np.str_]:
    """By the three scores; 0 is a prospect's."""
    table = np.full((FIFTHS + 1,) * 3, PROSPECT, dtype=f"<U{max(map(len, LABELS))}")
    for r, f, m in product(range(1, FIFTHS + 1), repeat=3):
        table[r, f, m] = label(r, f, m)
    return table


_LABELS: Final = _labels()
