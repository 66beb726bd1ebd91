"""Tables of features: pandas, polars, a mapping of columns, or a matrix with its names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, InvalidColumnError, as_floats, same_length


@dataclass(frozen=True, slots=True)
class Frame:
    """Columns of equal length: numbers, or text for categories."""

    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, given: Any) -> "Frame":
        if isinstance(given, Frame):
            return given
        if isinstance(given, Mapping):
            columns = {str(name): np.asarray(column) for name, column in given.items()}
        elif hasattr(given, "columns") and hasattr(given, "__getitem__"):
            columns = {str(name): np.asarray(given[name]) for name in given.columns}
        else:
            matrix = np.asarray(given, dtype=np.float64)
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
        return ["" if value is None else str(value) for value in self.columns[name].tolist()]

    def numbers(self, names: Sequence[str] | None = None) -> Floats:
        """(rows, names)"""
        return np.column_stack([as_floats(name, self.columns[name]) for name in names or self.names])
