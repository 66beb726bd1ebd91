"""The figures of journeys: funnel, flow, curves over time, and lost conversions. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ui import formats
from ui.figures.trend import PlotlyFigure
from ui.theme import FONT, Theme

COLOURS = ("c-1", "c-2", "c-3", "c-4", "c-6", "c-7")
DASHES = ("solid", "dash", "dot", "dashdot")
RARE = 0.01
ON_CARD = "rgba(0,0,0,0)"


@dataclass(frozen=True, slots=True)
class Bar:
    """A stage of the funnel. The four parts add up to its entries."""

    name: str
    note: str
    share: str
    converted: int
    back: int
    lost: int
    here: int
    drill: str | None = None

    @property
    def entered(self) -> int:
        return self.converted + self.back + self.lost + self.here


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    days: Sequence[float]
    shares: Sequence[float]
    lows: Sequence[float]
    highs: Sequence[float]
    drill: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A link between two nodes by name."""

    source: str
    target: str
    count: int
    drill: str | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    name: str
    value: float
    low: float
    high: float
    flagged: bool
    drill: str | None = None


def funnel_figure(bars: Sequence[Bar], theme: Theme) -> PlotlyFigure:
    parts = (
        ("Went on", [bar.converted for bar in bars], theme["c-1"], ""),
        ("Still in the stage", [bar.here for bar in bars], theme["s-3"], "/"),
        ("Went back", [bar.back for bar in bars], theme["c-4"], ""),
        ("Lost", [bar.lost for bar in bars], theme["c-8"], ""),
    )
    names = [f"<b>{bar.name}</b><br>{bar.note}" for bar in bars]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "y": names,
            "x": counts,
            "customdata": [bar.drill for bar in bars],
            "marker": {
                "color": colour,
                "line": {"width": 0},
                "pattern": {"shape": shape, "fgcolor": theme["c-1"], "size": 6, "solidity": 0.25},
            },
            "hovertemplate": f"{name} <b>%{{x:,}}</b><extra></extra>",
        }
        for name, counts, colour, shape in parts
    ]
    most = max((bar.entered for bar in bars), default=0)
    labels = [
        {
            "x": bar.entered,
            "y": name,
            "xanchor": "left",
            "xshift": 6,
            "text": f"<b>{bar.entered:,}</b> · {bar.share}",
            "showarrow": False,
            "font": {"size": 12, "color": theme["c-fg"]},
        }
        for bar, name in zip(bars, names, strict=True)
    ]
    layout = _layout(theme)
    layout |= {
        "barmode": "stack",
        "bargap": 0.42,
        "annotations": labels,
        "showlegend": True,
        "legend": _legend(theme),
        # Room for the figures behind the longest bar, however narrow the window is.
        "margin": {"l": 4, "r": 96, "t": 8, "b": 30},
    }
    layout["xaxis"] |= {"range": [0, most or 1], "visible": False, "showgrid": False}
    layout["yaxis"] |= {"autorange": "reversed", "showgrid": False, "tickfont": {"size": 12, "color": theme["c-fg-2"]}}
    return {"data": data, "layout": layout}


def flow_figure(nodes: Sequence[str], flows: Sequence[Flow], quiet: frozenset[str], theme: Theme) -> PlotlyFigure:
    """`quiet` are the nodes that are no stages: where ways begin and end."""
    place = {name: index for index, name in enumerate(nodes)}
    loud = [name for name in nodes if name not in quiet]
    colours = {name: theme[COLOURS[index % len(COLOURS)]] for index, name in enumerate(loud)}
    through = {
        name: max(
            sum(flow.count for flow in flows if flow.source == name),
            sum(flow.count for flow in flows if flow.target == name),
        )
        for name in nodes
    }
    data = {
        "type": "sankey",
        "arrangement": "snap",
        "node": {
            "label": [f"{name} {through[name]:,}" for name in nodes],
            "color": [colours.get(name, theme["c-other"]) for name in nodes],
            "thickness": 12,
            "pad": 18,
            "line": {"width": 0},
            "hovertemplate": "%{label}<extra></extra>",
        },
        "link": {
            "source": [place[flow.source] for flow in flows],
            "target": [place[flow.target] for flow in flows],
            "value": [flow.count for flow in flows],
            "color": [theme["c-flow"]] * len(flows),
            "customdata": [flow.drill for flow in flows],
            "hovertemplate": "%{source.label} → %{target.label}: <b>%{value:,}</b><extra></extra>",
        },
        "textfont": {"family": FONT, "size": 12, "color": theme["c-fg"]},
    }
    layout = _layout(theme)
    layout["margin"] = {"l": 4, "r": 4, "t": 8, "b": 8}
    return {"data": [data], "layout": layout}


def curves_figure(lines: Sequence[Line], theme: Theme, *, until: float) -> PlotlyFigure:
    """Steps over days with 95 % bands; each line ends where it is no longer known, with its name there."""
    data: list[dict[str, Any]] = []
    for index, line in enumerate(lines):
        colour = theme[COLOURS[index % len(COLOURS)]]
        step = {"shape": "hv", "width": 0}
        band = {"type": "scatter", "mode": "lines", "x": list(line.days), "hoverinfo": "skip", "showlegend": False}
        data += [
            {**band, "y": list(line.highs), "line": step},
            {**band, "y": list(line.lows), "line": step, "fill": "tonexty", "fillcolor": _alpha(colour, 0.13)},
            {
                "type": "scatter",
                "mode": "lines",
                "name": line.name,
                "x": list(line.days),
                "y": list(line.shares),
                "customdata": [line.drill] * len(line.days),
                "line": {"shape": "hv", "width": 2, "color": colour, "dash": DASHES[index % len(DASHES)]},
                "hovertemplate": f"{line.name}: <b>%{{y:.0%}}</b> on day %{{x:.1f}}<extra></extra>",
            },
        ]
    layout = _layout(theme)
    # Above, because the days have their name below.
    layout |= {"showlegend": len(lines) > 1, "legend": {**_legend(theme), "y": 1.02, "yanchor": "bottom"}}
    layout["margin"] = {"l": 4, "r": 16, "t": 30 if len(lines) > 1 else 8, "b": 40}
    layout["xaxis"] |= {
        "range": [0, until],
        "showgrid": False,
        "showline": True,
        "linecolor": theme["c-border-strong"],
        "title": {"text": "days", "font": {"size": 11, "color": theme["c-fg-3"]}, "standoff": 4},
    }
    layout["yaxis"] |= {
        "range": [0, 1.02],
        "tickvals": [0, 0.25, 0.5, 0.75, 1],
        "ticktext": ["0%", "25%", "50%", "75%", "100%"],
    }
    return {"data": data, "layout": layout}


def losses_figure(dots: Sequence[Dot], theme: Theme) -> PlotlyFigure:
    data = {
        "type": "scatter",
        "mode": "markers",
        "x": [dot.value for dot in dots],
        "y": [dot.name for dot in dots],
        "customdata": [dot.drill for dot in dots],
        "marker": {
            "size": 10,
            "color": [theme["c-bad"] if dot.flagged else theme["c-8"] for dot in dots],
            "symbol": ["diamond" if dot.flagged else "circle" for dot in dots],
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [dot.high - dot.value for dot in dots],
            "arrayminus": [dot.value - dot.low for dot in dots],
            "color": theme["c-axis"],
            "thickness": 1.5,
            "width": 5,
        },
        "hovertemplate": "%{y}: <b>%{x:.1f}</b> conversions<extra></extra>",
    }
    layout = _layout(theme)
    layout["shapes"] = [
        {
            "type": "line",
            "x0": 0,
            "x1": 0,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": theme["c-axis"], "width": 1, "dash": "dot"},
        }
    ]
    layout["margin"] = {"l": 4, "r": 16, "t": 8, "b": 36}
    layout["xaxis"] |= {
        "title": {"text": "conversions lost (negative: gained)", "font": {"size": 11, "color": theme["c-fg-3"]}},
        "gridcolor": theme["c-grid"],
        "showgrid": True,
    }
    layout["yaxis"] |= {"autorange": "reversed", "showgrid": False, "tickfont": {"size": 12, "color": theme["c-fg-2"]}}
    return {"data": [data], "layout": layout}


def percent(value: float) -> str:
    """A probability as people read it: never certain, never impossible."""
    if value < RARE:
        return "< 1%"
    return "> 99%" if value > 1 - RARE else f"{formats.half_up(value * 100)}%"


def _layout(theme: Theme) -> dict[str, Any]:
    font = {"family": FONT, "size": 12}
    axis = {
        "fixedrange": True,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"size": 11, "color": theme["c-fg-3"]},
    }
    return {
        "autosize": True,
        "paper_bgcolor": ON_CARD,
        "plot_bgcolor": ON_CARD,
        "font": {**font, "color": theme["c-fg-2"]},
        "showlegend": False,
        "hoverlabel": {
            "bgcolor": theme["c-raised"],
            "bordercolor": theme["c-border-strong"],
            "font": {**font, "color": theme["c-fg"]},
        },
        "dragmode": False,
        "margin": {"l": 4, "r": 12, "t": 8, "b": 8},
        "xaxis": dict(axis),
        "yaxis": {**axis, "gridcolor": theme["c-grid"], "ticklabelstandoff": 8},
    }


def _legend(theme: Theme) -> dict[str, Any]:
    return {
        "orientation": "h",
        "x": 0,
        "y": -0.02,
        "yanchor": "top",
        "traceorder": "normal",
        "itemclick": False,
        "itemdoubleclick": False,
        "font": {"size": 12, "color": theme["c-fg-2"]},
    }


def _alpha(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
