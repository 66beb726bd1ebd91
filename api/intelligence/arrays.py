"""Columns as arrays, checked once at the door."""

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class InvalidColumnError(ValueError):
    """Says which column is wrong, where first, and why."""

    def __init__(self, name: str, reason: str, row: int | None = None) -> None:
        where = "" if row is None else f" (first in row {row})"
        super().__init__(f"{name} {reason}{where}")
        self.name = name
        self.row = row


def as_floats(name: str, given: Any, *, finite: bool = True) -> Floats:
    """A one-dimensional array of finite numbers from a list, an array, or a column of pandas or polars. With
    `finite=False` what is missing is NaN."""
    column = np.asarray(given)
    if column.dtype.kind in "mM":
        raise InvalidColumnError(name, "must be numbers, not dates or spans of time")
    if not finite and column.dtype.kind == "O":
        column = np.array([np.nan if is_missing(value) else value for value in column.tolist()], dtype=object)
    try:
        column = column.astype(np.float64)
    except (TypeError, ValueError):
        raise InvalidColumnError(name, "must be numbers", _first(given, _is_no_number)) from None
    if column.ndim != 1:
        raise InvalidColumnError(name, f"must have one dimension, not {column.ndim}")
    if finite:
        refuse(name, ~np.isfinite(column), "must be finite")
    return column


def as_spans(name: str, given: Any) -> Floats:
    """Lengths of time of 0 and more: numbers in any unit, or spans of time, which are taken in days."""
    column = np.asarray(given)
    if column.dtype.kind == "m":
        refuse(name, np.isnat(column), "must not be empty")
        column = column / np.timedelta64(1, "D")
    found = as_floats(name, column)
    refuse(name, found < 0, "must not be negative")
    return found


def as_yes_or_no(name: str, given: Any) -> NDArray[np.bool_]:
    """True and False, or 1 and 0."""
    column = np.asarray(given)
    if column.dtype.kind == "O":
        refuse(name, np.array([is_missing(value) for value in column.tolist()], dtype=bool), "must not be empty")
    if column.dtype.kind in "US":
        raise InvalidColumnError(name, "must be True and False, or 1 and 0", 0)
    found = as_floats(name, column)
    refuse(name, ~np.isin(found, (0.0, 1.0)), "must be True and False, or 1 and 0")
    return np.asarray(found == 1, dtype=np.bool_)


def as_keys(name: str, given: Any) -> NDArray[Any]:
    """Who each row is of: text, numbers, or anything else that can be put in order."""
    column = np.asarray(given)
    if column.ndim != 1:
        raise InvalidColumnError(name, f"must have one dimension, not {column.ndim}")
    if column.dtype.kind == "f":
        refuse(name, np.isnan(column), "must not be empty")
    if column.dtype.kind == "O":
        refuse(name, np.array([is_missing(key) for key in column.tolist()], dtype=bool), "must not be empty")
        kinds = {type(key) for key in column.tolist()}
        if len(kinds) > 1 and not all(issubclass(kind, str) for kind in kinds):
            listed = " and ".join(sorted(kind.__name__ for kind in kinds))
            raise InvalidColumnError(name, f"must be of one kind, not {listed}")
    return column


def is_missing(value: object) -> bool:
    """None, NaN, and what pandas has for them."""
    return value is None or (isinstance(value, float) and isnan(value)) or type(value).__name__ in ("NAType", "NaTType")


def refuse(name: str, wrong: NDArray[np.bool_], reason: str) -> None:
    if wrong.any():
        raise InvalidColumnError(name, reason, int(np.argmax(wrong)))


def _first(given: Any, wrong: Callable[[Any], bool]) -> int | None:
    return next((row for row, value in enumerate(given) if wrong(value)), None)


def _is_no_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return True
    return False


def same_length(columns: Mapping[str, NDArray[Any]]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InvalidColumnError("the columns", f"differ in length: {found}")
    if not next(iter(lengths.values()), 0):
        raise InvalidColumnError("the columns", "are empty")
