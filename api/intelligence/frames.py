"""Tables of features: pandas, polars, a mapping of columns, or a matrix with its names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, InvalidColumnError, as_floats, is_missing, same_length
from api.intelligence.dates import as_days


@dataclass(frozen=True, slots=True)
class Frame:
    """Columns of equal length: numbers, or text for categories."""

    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, given: Any) -> "Frame":
        if isinstance(given, Frame):
            return given
        if isinstance(given, Mapping):
            columns = {str(name): _column(str(name), column) for name, column in given.items()}
        elif hasattr(given, "columns") and hasattr(given, "__getitem__"):
            columns = {str(name): _column(str(name), given[name]) for name in given.columns}
        else:
            try:
                matrix = np.asarray(given, dtype=np.float64)
            except (TypeError, ValueError):
                raise InvalidColumnError(
                    "features", "must be numbers when they are no data frame and no mapping of columns"
                ) from None
            if matrix.ndim != 2:
                raise InvalidColumnError("features", "must be a table: a data frame, a mapping of columns, or a matrix")
            columns = {f"x{position}": column for position, column in enumerate(matrix.T)}
        same_length(columns or {"features": np.empty(0)})
        return cls(columns)

    @property
    def names(self) -> list[str]:
        return list(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def only(self, names: Sequence[str]) -> "Frame":
        missing = [name for name in names if name not in self.columns]
        if missing:
            raise InvalidColumnError("features", f"lack {', '.join(missing)}")
        return Frame({name: self.columns[name] for name in names})

    def rows(self, chosen: Any) -> "Frame":
        return Frame({name: column[chosen] for name, column in self.columns.items()})

    def is_category(self, name: str) -> bool:
        return self.columns[name].dtype.kind in "OUSTb"

    def texts(self, name: str) -> list[str]:
        return ["" if is_missing(value) else str(value) for value in self.columns[name].tolist()]

    def medians(self) -> dict[str, float]:
        """Of the columns of numbers, what is missing left out."""
        found = {}
        for name in self.names:
            if not self.is_category(name):
                known = self.columns[name][~np.isnan(self.columns[name].astype(np.float64))]
                if not len(known):
                    raise InvalidColumnError(name, "is empty")
                found[name] = float(np.median(known))
        return found

    def filled(self, values: Mapping[str, float]) -> "Frame":
        """With a value in place of each missing number."""
        columns = dict(self.columns)
        for name, value in values.items():
            if not self.is_category(name):
                column = columns[name].astype(np.float64)
                columns[name] = np.where(np.isnan(column), value, column)
        return Frame(columns)

    def numbers(self, names: Sequence[str] | None = None) -> Floats:
        """(rows, names)"""
        return np.column_stack([as_floats(name, self.columns[name]) for name in names or self.names])


def _column(name: str, given: Any) -> NDArray[Any]:
    """Numbers as they are, or from objects with what is missing as NaN; dates as days."""
    column = np.asarray(given)
    if column.dtype.kind == "M":
        return _days(name, column)
    if column.dtype.kind == "m":
        return np.where(np.isnat(column), np.nan, column / np.timedelta64(1, "D"))
    if column.dtype.kind != "O" or column.ndim != 1:
        return column
    known = [value for value in column.tolist() if not is_missing(value)]
    if all(isinstance(value, Real | Decimal) and not isinstance(value, bool) for value in known):
        return np.array([np.nan if is_missing(value) else float(value) for value in column.tolist()])
    if all(isinstance(value, date) for value in known):
        return _days(
            name, np.array([np.datetime64("NaT") if is_missing(value) else value for value in column.tolist()])
        )
    return column


def _days(name: str, dates: NDArray[Any]) -> Floats:
    """Since 1970."""
    known = np.array([not is_missing(value) for value in dates.tolist()], dtype=bool)
    found = np.full(len(dates), np.nan)
    found[known] = as_days(name, dates[known])
    return found
