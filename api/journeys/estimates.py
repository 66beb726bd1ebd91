"""What a cohort of spells says: how long people stay, whether they go on, and whether they arrive. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from api.intelligence.journeys import (
    Absorption,
    Bottlenecks,
    Curve,
    aalen_johansen,
    absorption,
    bottlenecks,
    kaplan_meier,
)
from api.journeys.contracts import Stage
from api.journeys.flow import SpellCount

NEED: Final = 30
"""Fewer spells than this are no estimate; and a curve ends where fewer are still at risk."""
MOST_POINTS: Final = 120
HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share with its 95 % interval; absent, with `need`, when `n` is too small."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_enough(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Point:
    day: float
    share: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class Shape:
    """A curve as it is drawn. `median` is None where it is not reached, or with too few."""

    n: int
    points: tuple[Point, ...] = ()
    median: float | None = None


def stay(cells: Sequence[SpellCount]) -> Shape:
    """The share of those who entered a stage that is still in it, day by day (Kaplan-Meier)."""
    n = sum(cell.count for cell in cells)
    if n < NEED:
        return Shape(n)
    curve = kaplan_meier(
        [cell.days for cell in cells],
        [cell.next_stage is not None for cell in cells],
        counts=[cell.count for cell in cells],
    )
    points = drawn(curve, _watched([(cell.days, cell.count) for cell in cells]))
    median = next((point.day for point in points if point.share <= HALF), None)
    return Shape(n, points, median)


def arrival(outcomes: Sequence[tuple[float, int, int]]) -> Shape:
    """The share that has converted, day by day (Aalen-Johansen), from (days, outcome, count)."""
    n = sum(count for _, _, count in outcomes)
    if n < NEED:
        return Shape(n)
    days, outcome, counts = zip(*outcomes, strict=True)
    watched = _watched([(day, count) for day, _, count in outcomes])
    return Shape(n, drawn(aalen_johansen(days, outcome, causes=2, counts=counts)[0], watched))


def _watched(cells: Sequence[tuple[float, int]]) -> Point | None:
    """The last day for which enough were watched, and how many: a curve goes on to there, whether or not it steps."""
    seen = 0
    for day, count in sorted(cells, reverse=True):
        seen += count
        if seen >= NEED:
            return Point(day, 0.0, 0.0, 0.0, seen)
    return None


def drawn(curve: Curve, last: Point | None = None) -> tuple[Point, ...]:
    """From day 0 to the last time with enough at risk; of many steps, evenly spread ones."""
    shown = np.flatnonzero(curve.at_risk >= NEED)
    if len(shown) > MOST_POINTS:
        shown = shown[np.unique(np.linspace(0, len(shown) - 1, MOST_POINTS).round().astype(int))]
    first = Point(0.0, curve.before, curve.before, curve.before, curve.n)
    points = [first] if not len(shown) or curve.times[shown[0]] > 0 else []
    for index in shown.tolist():
        day = float(curve.times[index])
        found = curve.at(day)
        points.append(Point(day, found.value, found.low, found.high, int(curve.at_risk[index])))
    if last is not None and points[-1].day < last.day:
        found = curve.at(last.day)
        points.append(Point(last.day, found.value, found.low, found.high, last.at_risk))
    return tuple(points)


def going_on(stage: Stage, stages: Mapping[str, Stage], cells: Sequence[SpellCount]) -> Share:
    """The share of those who entered a stage that goes on to a later one, at the last time that was watched."""
    n = sum(cell.count for cell in cells)
    if n < NEED:
        return Share(n)

    def outcome(cell: SpellCount) -> int:
        if cell.next_stage is None:
            return 0
        following = stages[cell.next_stage]
        return 1 if not following.is_exit and following.position > stage.position else 2

    curves = aalen_johansen(
        [cell.days for cell in cells],
        [outcome(cell) for cell in cells],
        causes=2,
        counts=[cell.count for cell in cells],
    )
    found = curves[0].at(np.inf)
    return Share(n, found.value, found.low, found.high)


def ends(target: str, exits: Sequence[str], cells: Sequence[SpellCount]) -> Mapping[str, Absorption]:
    """End-to-end conversion from each stage that leads to the target."""
    return absorption(
        [cell.stage for cell in cells],
        [cell.days for cell in cells],
        [cell.next_stage for cell in cells],
        target=target,
        exits=exits,
        counts=[cell.count for cell in cells],
    )


def lost_conversions(
    target: str, exits: Sequence[str], current: Sequence[SpellCount], reference: Sequence[SpellCount]
) -> Bottlenecks:
    cells = (*current, *reference)
    if not cells:
        return Bottlenecks((), ())
    return bottlenecks(
        [cell.stage for cell in cells],
        [cell.days for cell in cells],
        [cell.next_stage for cell in cells],
        [True] * len(current) + [False] * len(reference),
        target=target,
        exits=exits,
        counts=[cell.count for cell in cells],
    )
