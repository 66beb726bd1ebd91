"""The fifths of one day, kept: whoever comes later is scored by the same bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, Ints, as_floats, same_length
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.segmentation.rfm import FIFTHS, LABELS, fifths, label

MINIMUM_BUYERS: Final = 25
"""Five a fifth; with fewer, one customer more or less moves everybody."""
LEVELS: Final = range(1, FIFTHS + 1)
NAMES: Final = np.array([[[label(r, f, m) for m in LEVELS] for f in LEVELS] for r in LEVELS])
POSITIONS: Final = {name: position for position, name in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Scores:
    """The fifths, 5 the best, and the name of their cell."""

    r: Ints
    f: Ints
    m: Ints
    label: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class RfmThresholds:
    """For each of the three, the upper bounds of the fifths 1 to 4, the bound included; of recency negated, so that
    more is better in all three."""

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]

    @classmethod
    def fit(cls, recency: Any, frequency: Any, monetary: Any) -> Self:
        """One row a buyer; recency in days. Scoring the same rows gives their fifths, ties sharing one."""
        columns = {
            "recency": -as_floats("recency", recency),
            "frequency": as_floats("frequency", frequency),
            "monetary": as_floats("monetary", monetary),
        }
        have = min(len(column) for column in columns.values())
        if have < MINIMUM_BUYERS:
            raise InsufficientDataError("customers with a purchase", MINIMUM_BUYERS, have)
        same_length(columns)
        return cls(*(_bounds(column) for column in columns.values()))

    def score(self, recency: Any, frequency: Any, monetary: Any) -> Scores:
        r = _place(-np.asarray(recency, dtype=np.float64), self.recency)
        f = _place(np.asarray(frequency, dtype=np.float64), self.frequency)
        m = _place(np.asarray(monetary, dtype=np.float64), self.monetary)
        return Scores(r, f, m, NAMES[r - 1, f - 1, m - 1])

    @property
    def recency_days(self) -> tuple[float, ...]:
        """After how many days without a purchase the score for recency falls."""
        return tuple(-bound for bound in self.recency if np.isfinite(bound))

    def to_json(self) -> dict[str, list[float | None]]:
        return {name: [_finite(bound) for bound in getattr(self, name)] for name in self.__slots__}

    @classmethod
    def from_json(cls, given: Mapping[str, Sequence[float | None]]) -> Self:
        return cls(*(tuple(-np.inf if bound is None else bound for bound in given[name]) for name in cls.__slots__))


def _bounds(column: Floats) -> tuple[float, ...]:
    scores = fifths(column)
    return tuple(float(column[scores <= level].max(initial=-np.inf)) for level in range(1, FIFTHS))


def _place(column: Floats, bounds: Sequence[float]) -> Ints:
    return np.asarray(1 + (column[:, None] > np.asarray(bounds)).sum(axis=1), dtype=np.int64)


def _finite(bound: float) -> float | None:
    return bound if np.isfinite(bound) else None
