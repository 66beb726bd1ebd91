"""Columns as arrays, checked once at the door."""

from collections.abc import Mapping
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


def as_floats(name: str, given: Any) -> Floats:
    """A one-dimensional array of finite numbers from a list, an array, or a column of pandas or polars."""
    column = np.asarray(given, dtype=np.float64)
    if column.ndim != 1:
        raise InvalidColumnError(name, f"must have one dimension, not {column.ndim}")
    refuse(name, ~np.isfinite(column), "must be finite")
    return column


def refuse(name: str, wrong: NDArray[np.bool_], reason: str) -> None:
    if wrong.any():
        raise InvalidColumnError(name, reason, int(np.argmax(wrong)))


def same_length(columns: Mapping[str, NDArray[Any]]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InvalidColumnError("the columns", f"differ in length: {found}")
    if not next(iter(lengths.values()), 0):
        raise InvalidColumnError("the columns", "are empty")
