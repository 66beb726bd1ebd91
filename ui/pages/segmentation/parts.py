"""What the charts of the page share."""

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.chart import Chart
from ui.components.states import state
from ui.components.twin import Cell, Twin
from ui.figures.cluster_map import COLOURS
from ui.formats import MINOR_UNITS
from ui.pages.segmentation.data import (
    PageAnswer,
    Segment,
)

STEPS = 4


def described(
    answer: PageAnswer,
    name: str,
    title: str,
    twin: Twin,
    *,
    unit: str,
    sentence: str,
    note: str = "",
    no_drill: str | None = None,
) -> Chart:
    moments = [one.as_of for one in answer.listed if one.as_of is not None]
    as_of = min(moments, default=answer.tenant.now)
    return Chart(name, title, unit, sentence, as_of, answer.tenant.time_zone, twin, note, no_drill=no_drill)


def count(value: int) -> Cell:
    return Cell(formats.integer(value), value)


def money(minor: float, currency: str) -> Cell:
    return Cell(formats.money(minor, currency), minor / MINOR_UNITS)


def key_of(segment: Segment) -> html.I | None:
    if segment.kind != "KMEANS":
        return None
    return html.I(className=f"segment-key segment-key-{(segment.position or 0) % len(COLOURS) + 1}")


def heat_step(value: float, most: float) -> int:
    if value <= 0 or most <= 0:
        return 0
    return min(STEPS, 1 + int(STEPS * value / most))


def too_little(text: str) -> Component:
    return state("hourglass-split", "Too little data", text)
