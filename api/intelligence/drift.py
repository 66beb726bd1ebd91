"""How far a column has moved from what it was: the population stability index (PSI) over its tenths, beside the PSI
that chance alone would show (Yurdakul, Naranjo 2020)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from api.intelligence.arrays import Floats
from api.intelligence.frames import Frame

BINS: Final = 10
MOST_CATEGORIES: Final = 20
NEED: Final = 200
"""Rows on either side: with fewer, chance alone comes near the upper limit."""
MOVED: Final = 0.1
DRIFTED: Final = 0.25
CHANCE: Final = 0.99


class DriftState(StrEnum):
    STABLE = "STABLE"
    MOVED = "MOVED"
    DRIFTED = "DRIFTED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Reference:
    """How a column was spread: `counts` by the bins that end at each of the `edges`, and one above the last; or by
    `categories`, and one for all others."""

    edges: Sequence[float] | None
    categories: Sequence[str] | None
    counts: Sequence[int]

    @classmethod
    def of(cls, column: NDArray[Any]) -> "Reference":
        if column.dtype.kind in "OUSTb":
            texts, found = np.unique(column.astype(str), return_counts=True)
            kept = texts[np.argsort(-found, kind="stable")][:MOST_CATEGORIES].tolist()
            empty = cls(None, sorted(kept), ())
        else:
            steps = np.quantile(column.astype(np.float64), np.linspace(0, 1, BINS + 1)[1:-1])
            empty = cls(np.unique(steps).tolist(), None, ())
        return cls(empty.edges, empty.categories, empty.count(column).astype(int).tolist())

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Reference":
        return cls(given["edges"], given["categories"], given["counts"])

    def count(self, column: NDArray[Any]) -> Floats:
        if self.categories is not None:
            place = {name: position for position, name in enumerate(self.categories)}
            codes = np.array([place.get(text, len(place)) for text in column.astype(str).tolist()], dtype=np.int64)
            return np.bincount(codes, minlength=len(place) + 1).astype(np.float64)
        assert self.edges is not None
        codes = np.searchsorted(np.asarray(self.edges), column.astype(np.float64), side="left")
        return np.bincount(codes, minlength=len(self.edges) + 1).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Drift:
    """`noise` is what the PSI of an unchanged column stays below, 99 times in 100."""

    psi: float
    noise: float
    state: DriftState


def drift(reference: Reference, column: NDArray[Any]) -> Drift:
    """Raises nothing for an empty column: that is too little data."""
    was, now = np.asarray(reference.counts, dtype=np.float64), reference.count(column)
    before, after = was.sum(), now.sum()
    if not before or not after:
        return Drift(0.0, float("inf"), DriftState.INSUFFICIENT_DATA)
    expected = (was + 0.5) / (before + 0.5 * len(was))
    found = (now + 0.5) / (after + 0.5 * len(now))
    psi = float(((found - expected) * np.log(found / expected)).sum())
    noise = float(chi2.ppf(CHANCE, max(1, len(was) - 1)) * (1 / before + 1 / after))
    return Drift(psi, noise, _state(psi, noise, min(before, after)))


def _state(psi: float, noise: float, fewest: float) -> DriftState:
    if fewest < NEED:
        return DriftState.INSUFFICIENT_DATA
    if psi <= noise or psi < MOVED:
        return DriftState.STABLE
    return DriftState.DRIFTED if psi >= DRIFTED else DriftState.MOVED


def references(frame: Frame) -> dict[str, Reference]:
    return {name: Reference.of(column) for name, column in frame.columns.items()}


def worst(states: Sequence[DriftState]) -> DriftState:
    """Of several columns of the same rows."""
    order = (DriftState.DRIFTED, DriftState.MOVED, DriftState.INSUFFICIENT_DATA, DriftState.STABLE)
    return next((state for state in order if state in states), DriftState.INSUFFICIENT_DATA)
