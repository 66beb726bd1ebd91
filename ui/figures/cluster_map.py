"""Customers in the plane of the two components that keep most of their differences: a colour and a shape a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ui import formats
from ui.theme import FONT, Theme

COLOURS: Final = ("c-1", "c-3", "c-2", "c-4", "c-5", "c-6", "c-7", "c-8")
SHAPES: Final = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "star", "hexagon")

CUT: Final = 0.01
MARGIN: Final = 0.12


@dataclass(frozen=True, slots=True)
class Cluster:
    name: str
    x: Sequence[float]
    y: Sequence[float]
    place: int
    drill: str | None = None


def cluster_map(clusters: Sequence[Cluster], explained: Sequence[float], theme: Theme) -> dict[str, Any]:
    """`explained` is the share of the variance on each axis."""
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": cluster.name,
            "x": list(cluster.x),
            "y": list(cluster.y),
            "customdata": [cluster.drill] * len(cluster.x),
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
    across, up = view([cluster.x for cluster in clusters]), view([cluster.y for cluster in clusters])
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
            "xaxis": {
                **axis,
                "range": across,
                "title": {"text": axis_title(1, explained), "standoff": 8},
            },
            "yaxis": {
                **axis,
                "range": up,
                "title": {"text": axis_title(2, explained), "standoff": 8},
            },
        },
    }


def axis_title(number: int, explained: Sequence[float]) -> str:
    if len(explained) < number:
        return ""
    return f"Component {number} · {formats.percent(explained[number - 1])} of the variance"


def view(values: Sequence[Sequence[float]]) -> list[float] | None:
    """From where to where an axis goes: a few customers far away must not press all others into a corner."""
    found = sorted(value for part in values for value in part)
    if not found:
        return None
    cut = int(len(found) * CUT)
    low, high = found[cut], found[-1 - cut]
    margin = (high - low) * MARGIN or 1.0
    return [low - margin, high + margin]


def outliers(clusters: Sequence[Cluster]) -> int:
    """How many customers the view leaves out."""
    across, up = view([cluster.x for cluster in clusters]), view([cluster.y for cluster in clusters])
    if across is None or up is None:
        return 0
    places = [place for cluster in clusters for place in zip(cluster.x, cluster.y, strict=True)]
    return sum(not (across[0] <= x <= across[1] and up[0] <= y <= up[1]) for x, y in places)
