"""Who went from which segment to which: a Sankey diagram that adds up to the same number on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ui.theme import FONT, Theme

DRAWN: Final = 400.0
"""How high it is drawn, about, in pixels."""
PAD: Final = 14


@dataclass(frozen=True, slots=True)
class Flow:
    """Between places in the order of the segments, the best first."""

    origin: int
    target: int
    customers: int
    drill: str | None = None


def flow_figure(names: Sequence[str], flows: Sequence[Flow], theme: Theme) -> dict[str, Any]:
    """The segments before at the left, after at the right. Up, down and staying each have a colour."""
    moving = [flow for flow in flows if flow.customers > 0]
    left = sorted({flow.origin for flow in moving})
    right = sorted({flow.target for flow in moving})
    before = {place: index for index, place in enumerate(left)}
    after = {place: len(left) + index for index, place in enumerate(right)}
    out = {place: sum(flow.customers for flow in moving if flow.origin == place) for place in left}
    came = {place: sum(flow.customers for flow in moving if flow.target == place) for place in right}
    labels = [f"{names[place]} {out[place]:,}" for place in left] + [
        f"{names[place]} {came[place]:,}" for place in right
    ]
    heights = [out[place] for place in left], [came[place] for place in right]
    most = max(len(left), len(right))
    font = {"family": FONT, "size": 12, "color": theme["c-fg"]}
    return {
        "data": [
            {
                "type": "sankey",
                "arrangement": "fixed",
                "node": {
                    "label": labels,
                    "x": [0.001] * len(left) + [0.999] * len(right),
                    "y": [*_middles(heights[0], most), *_middles(heights[1], most)],
                    "color": theme["c-axis"],
                    "line": {"width": 0},
                    "thickness": 10,
                    "pad": PAD,
                    "hovertemplate": "%{label}<extra></extra>",
                },
                "link": {
                    "source": [before[flow.origin] for flow in moving],
                    "target": [after[flow.target] for flow in moving],
                    "value": [flow.customers for flow in moving],
                    "color": [_translucent(theme[way(flow)]) for flow in moving],
                    "customdata": [flow.drill for flow in moving],
                    "hovertemplate": "%{source.label} → %{target.label}: %{value:,}<extra></extra>",
                },
                "textfont": font,
            }
        ],
        "layout": {
            "autosize": True,
            "margin": {"l": 4, "r": 4, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "font": font,
            "hoverlabel": {"bgcolor": theme["c-raised"], "bordercolor": theme["c-border-strong"], "font": font},
        },
    }


def way(flow: Flow) -> str:
    """The colour of going to a better segment, staying, or going to a lesser one."""
    if flow.target < flow.origin:
        return "c-3"
    return "c-axis" if flow.target == flow.origin else "c-2"


def _middles(heights: Sequence[int], most: int) -> list[float]:
    """Where the middle of each node lies, from the top: from 0 to 1, but never quite. However small a node is, it has
    the room of a line of text, so that no two labels lie on each other."""
    scale = (DRAWN - (most - 1) * PAD) / (sum(heights) or 1)
    rooms = [max(height * scale, PAD) for height in heights]
    spare = max(0.0, DRAWN - sum(rooms)) / max(1, len(rooms) - 1)
    found: list[float] = []
    above = 0.0
    for room in rooms:
        found.append(min(0.999, max(0.001, (above + room / 2) / DRAWN)))
        above += room + spare
    return found


def _translucent(colour: str) -> str:
    red, green, blue = (int(colour.strip()[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.34)"
