"""What these models know of a customer: how often, how lately, and for how long observed. Equal histories count
once."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Final

import numpy as np

from api.intelligence.arrays import Floats, Ints, InvalidColumnError, as_floats, refuse, same_length

COLUMNS: Final = ("frequency", "recency", "age")
BLOCK: Final = 16_384
LARGEST_CODE: Final = 2**62
ROOM: Final = 4
"""Codes in so many times the rows are marked in a table; above it, sorting them takes less."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Distinct (frequency, recency, age) in that order, and how many customers have each."""

    frequency: Floats
    recency: Floats
    age: Floats
    weight: Floats

    def thinned(self, most: int) -> "Counted":
        """About so many of them, evenly over the order."""
        return self.rows(slice(None, None, max(1, len(self.weight) // most)))

    def rows(self, chosen: Any) -> "Counted":
        return Counted(self.frequency[chosen], self.recency[chosen], self.age[chosen], self.weight[chosen])


@dataclass(frozen=True, slots=True)
class Histories(Counted):
    """And which one each customer has."""

    position: Ints

    def spread(self, values: Floats) -> Floats:
        """One value a customer from one a distinct history."""
        return values[self.position]


def customers(frequency: Any, recency: Any, age: Any, weights: Any = None) -> tuple[Floats, Floats, Floats, Floats]:
    """`frequency` counts the repeat purchases, `recency` is the time of the last one since the first, `age` the time
    observed since the first. One row a customer, or as many as `weights` say; a single number is everybody's."""
    asked = {name: np.asarray(column) for name, column in zip(COLUMNS, (frequency, recency, age), strict=True)}
    rows = max((len(column) for column in asked.values() if column.ndim), default=1)
    x, t_x, T = (as_floats(name, column if column.ndim else np.full(rows, column)) for name, column in asked.items())
    given = np.ones_like(x) if weights is None else as_floats("weights", weights)
    same_length({"frequency": x, "recency": t_x, "age": T, "weights": given})
    refuse("frequency", (x < 0) | (x != np.floor(x)), "must be whole and not negative")
    refuse("recency", t_x < 0, "must not be negative")
    refuse("age", t_x > T, "must not be less than recency")
    refuse("recency", (x == 0) & (t_x != 0), "must be 0 where frequency is 0")
    refuse("weights", given <= 0, "must be above 0")
    return x, t_x, T, given


def as_asked(found: Floats, *given: Any) -> Any:
    """A number when nothing but numbers was given."""
    return found[0] if all(np.ndim(one) == 0 for one in given) else found


def spans(name: str, given: Any, rows: int | None = None) -> Floats:
    """How far ahead is asked about: one for all of the rows, or one for each."""
    found = as_floats(name, np.atleast_1d(given))
    refuse(name, found < 0, "must not be negative")
    if rows is not None and len(found) not in (1, rows):
        raise InvalidColumnError(name, f"must be one number, or {rows} as there are customers, not {len(found)}")
    return found


def histories(frequency: Any, recency: Any, age: Any, weights: Any = None) -> Histories:
    *columns, given = customers(frequency, recency, age, weights)
    (x, t_x, T), position = distinct(*columns)
    weight = np.bincount(position, weights=given, minlength=len(x)).astype(np.float64)
    return Histories(x, t_x, T, weight, position)


def counted(frequency: Any, recency: Any, age: Any, weights: Any = None) -> Counted:
    """As `histories`, in half the time: who has which is not asked."""
    x, t_x, T, _ = customers(frequency, recency, age, weights)
    often = x > 0
    coded = [_coded(column[often]) for column in (x, t_x, T)]
    if weights is not None or prod(len(values) for values, _ in coded) > LARGEST_CODE:
        return histories(x, t_x, T, weights)
    key = np.sort(_key(coded))  # of those who bought again: for the others the age alone tells
    starts = np.flatnonzero(np.r_[len(key) > 0, key[1:] != key[:-1]])
    (once,), position = distinct(T[~often])
    nothing, more = np.zeros(len(once)), _decoded(key[starts], coded)
    x, t_x, T = (np.r_[first, then] for first, then in zip((nothing, nothing, once), more, strict=True))
    weight = np.r_[np.bincount(position, minlength=len(once)), np.diff(starts, append=len(key))]
    return Counted(x, t_x, T, weight.astype(np.float64))


def blocks(rows: int, size: int = BLOCK) -> Iterator[slice]:
    """What is worked out for so many rows at a time stays near the processor."""
    return (slice(begin, begin + size) for begin in range(0, rows, size))


Coded = tuple[Floats, Ints]
"""The values that a column may have, ascending, and the position of each row's among them."""


def distinct(*columns: Floats) -> tuple[list[Floats], Ints]:
    """(each distinct combination in ascending order, a column each; which of them each row has)."""
    coded = [_coded(column) for column in columns]
    size = prod(len(values) for values, _ in coded)
    if size > LARGEST_CODE:
        rows, position = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
        return list(rows.T), position.ravel().astype(np.int64)
    key = _key(coded)
    if size <= ROOM * len(key):
        there = np.zeros(size, dtype=bool)
        there[key] = True
        keys = np.flatnonzero(there)
        return _decoded(keys, coded), (np.cumsum(there) - 1)[key]
    keys, position = np.unique(key, return_inverse=True)
    return _decoded(keys, coded), position.astype(np.int64)


def _key(coded: list[Coded]) -> Ints:
    key = coded[0][1]
    for values, code in coded[1:]:
        key = key * len(values) + code
    return key


def _decoded(key: Ints, coded: list[Coded]) -> list[Floats]:
    found: list[Floats] = []
    for values, _ in reversed(coded):
        key, code = np.divmod(key, len(values))
        found.append(values[code])
    return found[::-1]


def _coded(column: Floats) -> Coded:
    """Small whole numbers, such as days, are codes already; anything else is sorted once."""
    most = column.max(initial=0.0)
    if column.min(initial=0.0) >= 0 and most < len(column) + 100_000:
        whole = column.astype(np.int64)
        if (whole == column).all():
            return np.arange(int(most) + 1, dtype=np.float64), whole
    values = np.unique(column)
    return values, np.searchsorted(values, column).astype(np.int64)
