"""All predictions of a kind and horizon together: how many, how they are spread, and what they come to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.predictions.contracts import Band, ModelKind

SHARES: Final = [step / 20 for step in range(21)]
AMOUNTS: Final = [0, *(digit * 10**power for power in range(3, 9) for digit in (1, 2, 5)), 10**12]
"""Minor units in round steps, 1, 2, 5."""


def edges(kind: ModelKind) -> Sequence[float]:
    return AMOUNTS if kind is ModelKind.CLV else SHARES


def trimmed(kind: ModelKind, bands: Sequence[Band]) -> Sequence[Band]:
    """Without the empty bands of the largest amounts."""
    if kind is not ModelKind.CLV:
        return bands
    filled = [place for place, band in enumerate(bands) if band.n]
    return bands[: filled[-1] + 1] if filled else []


def total_band(total: float, card: Mapping[str, Any]) -> tuple[float, float] | None:
    """From the backtests: what came in for each one foretold, at the worst and at the best of the past cutoffs."""
    ratios = [one["ratio"] for one in card["backtest"] if one["ratio"] is not None]
    if not ratios:
        return None
    return total * min(ratios), total * max(ratios)
