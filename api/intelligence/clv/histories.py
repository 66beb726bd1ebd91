"""What these models know of a customer: how often, how lately, and for how long observed. Equal histories count
once."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from api.intelligence.arrays import Floats, Ints, as_floats, refuse, same_length


@dataclass(frozen=True, slots=True)
class Histories:
    """Distinct (frequency, recency, age), how many customers have each, and which one each customer has."""

    frequency: Floats
    recency: Floats
    age: Floats
    weight: Floats
    position: Ints

    def spread(self, values: Floats) -> Floats:
        """One value a customer from one a distinct history."""
        return values[self.position]


def histories(frequency: Any, recency: Any, age: Any, weights: Any = None) -> Histories:
    """`frequency` counts the repeat purchases, `recency` is the time of the last one since the first, `age` the time
    observed since the first."""
    x, t_x, T = as_floats("frequency", frequency), as_floats("recency", recency), as_floats("age", age)
    given = np.ones_like(x) if weights is None else as_floats("weights", weights)
    same_length({"frequency": x, "recency": t_x, "age": T, "weights": given})
    refuse("frequency", (x < 0) | (x != np.floor(x)), "must be whole and not negative")
    refuse("recency", t_x < 0, "must not be negative")
    refuse("age", t_x > T, "must not be less than recency")
    refuse("recency", (x == 0) & (t_x != 0), "must be 0 where frequency is 0")
    refuse("weights", given <= 0, "must be above 0")
    first, position = distinct(x, t_x, T)
    weight = np.bincount(position, weights=given, minlength=len(first)).astype(np.float64)
    return Histories(x[first], t_x[first], T[first], weight, position)


def distinct(*columns: Floats) -> tuple[Ints, Ints]:
    """(row of the first of each distinct combination, which of them each row has)."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        code, count = _coded(column)
        key = key * count + code
        if count and key.max(initial=0) > np.iinfo(np.int64).max // (len(key) + 1):
            key = np.unique(key, return_inverse=True)[1]
    _, first, position = np.unique(key, return_index=True, return_inverse=True)
    return first.astype(np.int64), position.astype(np.int64)


def _coded(column: Floats) -> tuple[Ints, int]:
    """Small whole numbers, such as days, are codes already; anything else is sorted once."""
    whole = column.astype(np.int64)
    if len(column) and (whole == column).all() and whole.min() >= 0 and whole.max() < len(column) + 100_000:
        return whole, int(whole.max()) + 1
    values, code = np.unique(column, return_inverse=True)
    return code.astype(np.int64), len(values)
