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
    """From the backtests: by how much the least and the most of the past cutoffs were missed. None where the baseline
    is shown, which was tested customer by customer alone."""
    ratios = [one["ratio"] for one in card["backtest"] if one["ratio"] is not None]
    if not ratios or card["championIsBaseline"]:
        return None
    return total * min(ratios), total * max(ratios)
