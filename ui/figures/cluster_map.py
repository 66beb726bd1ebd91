"""Customers in the plane of the two components that keep most of their differences: a colour and a shape a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ui import formats
from ui.theme import FONT, Theme

COLOURS: Final = ("c-1", "c-3", "c-2", "c-4", "c-5", "c-6", "c-7", "c-8")
SHAPES: Final = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "star", "hexagon")


@dataclass(frozen=True, slots=True)
class Cluster:
    name: str
    x: Sequence[float]
    y: Sequence[float]
    place: int


def cluster_map(clusters: Sequence[Cluster], explained: Sequence[float], theme: Theme) -> dict[str, Any]:
    """`explained` is the share of the variance on each axis."""
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": cluster.name,
            "x": list(cluster.x),
            "y": list(cluster.y),
            "marker": {
                "color": theme[COLOURS[cluster.place % len(COLOURS)]],
                "symbol": SHAPES[cluster.place % len(SHAPES)],
                "size": 6,
                "opacity": 0.72,
            },
            "hovertemplate": "%{fullData.name}<extra></extra>",
        }
        for cluster in clusters
    ]
    font = {"family": FONT, "size": 12, "color": theme["c-fg-2"]}
    axis = {
        "gridcolor": theme["c-grid"],
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"size": 11, "color": theme["c-fg-3"]},
        "automargin": True,
    }
    return {
        "data": traces,
        "layout": {
            "autosize": True,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": font,
            "showlegend": False,
            "dragmode": False,
            "hoverlabel": {"bgcolor": theme["c-raised"], "bordercolor": theme["c-border-strong"], "font": font},
            "xaxis": {**axis, "title": {"text": axis_title(1, explained), "standoff": 8}},
            "yaxis": {**axis, "title": {"text": axis_title(2, explained), "standoff": 8}},
        },
    }


def axis_title(number: int, explained: Sequence[float]) -> str:
    if len(explained) < number:
        return ""
    return f"Component {number} · {formats.percent(explained[number - 1])} of the variance"
