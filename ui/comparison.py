"""A total against its previous period, in words: what a KPI card and the sentence over the trends say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ui import formats
from ui.records import MetricSeries

Tone = Literal["good", "bad", "neutral"]
Direction = Literal["up", "down", "flat", "new"]
VERBS: dict[Direction, str] = {"up": "rose", "down": "fell", "flat": "did not change", "new": "rose"}
ICONS: dict[Direction, str] = {"up": "arrow-up-right", "down": "arrow-down-right", "flat": "dash", "new": "plus"}


@dataclass(frozen=True, slots=True)
class Delta:
    direction: Direction
    size: str
    tone: Tone
    change: str
    origin: str

    @property
    def icon(self) -> str:
        return ICONS[self.direction]


def compare(total: float | None, previous: float | None, good: int, currency: str | None, unit: str = "COUNT") -> Delta:
    """Compares two totals: the arrow follows the number, the colour `good` (1: more is better, -1: less, 0: none)."""
    nothing = formats.quantity(0, currency, unit)
    if total is None or previous is None:
        before = formats.quantity(previous, currency, unit)
        return Delta("flat", "", "neutral", "nothing to compare", f"before {before}")
    if previous == 0:
        if total == 0:
            return Delta("flat", "", "neutral", "no change", f"from {nothing}")
        return Delta("new", f"from {nothing}", "neutral", "new,", f"was {nothing}")
    share = (total - previous) / abs(previous)
    origin = f"from {formats.quantity(previous, currency, unit)}"
    if abs(share) < formats.FLAT_BELOW:
        return Delta("flat", "", "neutral", "no change", origin)
    direction: Direction = "up" if share > 0 else "down"
    sign = "+" if share > 0 else formats.MINUS
    # A percentage across zero says nothing ("fell 3,345%"); the difference does.
    crossing = total < 0 or previous < 0
    size = formats.quantity(abs(total - previous), currency, unit) if crossing else formats.percent(share)
    return Delta(
        direction, f"by {size}" if crossing else size, _tone(share * good), f"{sign}{size} {direction}", origin
    )


def sentence(shown: Sequence[MetricSeries]) -> str:
    """Says what the shown trends did, computed from the same totals as the cards."""
    if all(series.total == 0 and series.previous_total == 0 for series in shown):
        return "Nothing was received in this range or the one before."
    parts = [_clause(series) for series in shown if series.total is not None and series.previous_total is not None]
    if not parts:
        return "There is nothing to compare with."
    joined = "; ".join(part if index == 0 else part[:1].lower() + part[1:] for index, part in enumerate(parts))
    return f"{joined}."


def _clause(series: MetricSeries) -> str:
    delta = compare(series.total, series.previous_total, series.metric.good, series.money_in, series.metric.unit)
    return f"{series.metric.name} {VERBS[delta.direction]} {delta.size}".rstrip()


def _tone(weight: float) -> Tone:
    return "neutral" if weight == 0 else "good" if weight > 0 else "bad"
