"""Whether probabilities hold, how estimates are spread, what totals came to, and what moved one score."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ui import formats
from ui.figures.frame import PlotlyFigure, layout
from ui.theme import Theme

SMALL = 0.05
"""Reasons below it are folded into one row."""
PROBABILITY_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Group:
    """Customers of the past with a like probability."""

    foretold: float
    observed: float
    low: float
    high: float
    n: int
    drill: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One reason in words, with its signed part of the log-odds."""

    label: str
    part: float


def calibration_figure(groups: Sequence[Group], theme: Theme) -> PlotlyFigure:
    edges = [0.0, *(one.high for one in groups), *(one.foretold for one in groups)]
    top = min(1.0, math.ceil(max(edges) * 10) / 10)
    bottom = max(0.0, math.floor(min([*(one.low for one in groups), *(one.foretold for one in groups)]) * 10) / 10)
    span = {"range": [bottom, top], "tickformat": ".0%", "nticks": 6}
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [bottom, top],
            "y": [bottom, top],
            "line": {"color": theme["c-axis"], "width": 1, "dash": "3px,3px"},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [one.foretold for one in groups],
            "y": [one.observed for one in groups],
            "marker": {"color": theme["c-1"], "size": 8},
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": [one.high - one.observed for one in groups],
                "arrayminus": [one.observed - one.low for one in groups],
                "color": theme["c-1"],
                "thickness": 2,
                "width": 0,
            },
            "text": [f"{one.n:,}" for one in groups],
            "customdata": [one.drill for one in groups],
            "hovertemplate": "foretold %{x:.1%}<br>happened <b>%{y:.1%}</b> of %{text}<extra></extra>",
            "cliponaxis": False,
        },
    ]
    return {
        "data": data,
        "layout": layout(theme, x={"title": "Foretold", **span}, y={"title": "Happened", **span}),
    }


def distribution_figure(
    labels: Sequence[str], counts: Sequence[int], x_title: str, theme: Theme, drills: Sequence[str | None] = ()
) -> PlotlyFigure:
    data = [
        {
            "type": "bar",
            "x": list(labels),
            "y": list(counts),
            "customdata": list(drills),
            "marker": {"color": theme["c-1"]},
            "hovertemplate": "%{x}: <b>%{y:,}</b> customers<extra></extra>",
        }
    ]
    every = max(1, math.ceil(len(labels) / MOST_TICKS))
    x = {
        "type": "category",
        "title": x_title,
        "showgrid": False,
        "tickvals": list(labels[::every]),
        "tickangle": 0,
    }
    y = {"title": "Customers", "rangemode": "tozero", "nticks": 5, "tickformat": ",d"}
    return {"data": data, "layout": layout(theme, x=x, y=y, bargap=0.08)}


def comparison_figure(rows: Sequence[tuple[str, float, str]], theme: Theme) -> PlotlyFigure:
    """(name, error, error in words); the first is the model's."""
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "y": [name for name, _, _ in rows],
            "x": [value for _, value, _ in rows],
            "text": [words for _, _, words in rows],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": [theme["c-1"], *[theme["c-other"]] * (len(rows) - 1)]},
            "hovertemplate": "%{y}: <b>%{text}</b><extra></extra>",
        }
    ]
    most = max((value for _, value, _ in rows), default=1.0) or 1.0
    x = {"range": [0, most * 1.3], "showticklabels": False, "showgrid": False}
    return {"data": data, "layout": layout(theme, x=x, y={"autorange": "reversed", "ticklabelstandoff": 6}, bargap=0.5)}


def backtest_figure(
    cutoffs: Sequence[str], foretold: Sequence[float], actual: Sequence[float], currency: str, theme: Theme
) -> PlotlyFigure:
    """Totals in whole units of the currency."""
    prefix = formats.symbol(currency)
    pairs = (("Foretold", foretold, theme["c-ghost"]), ("Came in", actual, theme["c-1"]))
    data = [
        {
            "type": "bar",
            "name": name,
            "x": list(cutoffs),
            "y": list(values),
            "marker": {"color": colour},
            "hovertemplate": f"{name} from %{{x}}: <b>{prefix}%{{y:,.0f}}</b><extra></extra>",
        }
        for name, values, colour in pairs
    ]
    x = {"type": "category", "showgrid": False, "title": "Cutoff"}
    y = {"rangemode": "tozero", "nticks": 5, "tickprefix": prefix.strip(), "tickformat": "~s"}
    legend = {"orientation": "h", "x": 0, "y": 1.16, "font": {"size": 12, "color": theme["c-fg-2"]}}
    return {
        "data": data,
        "layout": layout(
            theme,
            x=x,
            y=y,
            barmode="group",
            bargap=0.35,
            showlegend=True,
            legend=legend,
            margin={"l": 4, "r": 16, "t": 28, "b": 4},
        ),
    }


def folded(steps: Sequence[Step]) -> list[Step]:
    """The small ones as one, so that they still add up."""
    large = [one for one in steps if abs(one.part) >= SMALL]
    small = [one for one in steps if abs(one.part) < SMALL]
    if not small:
        return large
    words = "1 smaller reason" if len(small) == 1 else f"{len(small)} smaller reasons"
    return [*large, Step(words, sum(one.part for one in small))]


def reasons_figure(base: float, steps: Sequence[Step], theme: Theme) -> PlotlyFigure:
    """A waterfall on the log-odds, where the parts add up; its ticks are probabilities."""
    rows = folded(steps)
    starts = [base + sum(one.part for one in rows[:place]) for place in range(len(rows))]
    end = base + sum(one.part for one in rows)
    names = ["Average customer", *(one.label for one in rows), "This customer"]
    reach = [base, end, *starts, *(start + one.part for start, one in zip(starts, rows, strict=True))]
    room = max(0.4, (max(reach) - min(reach)) * 0.18)
    low, high = min(reach) - room, max(reach) + room
    ends = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [base, end],
        "y": [names[0], names[-1]],
        "text": [_share(base), f"<b>{_share(end)}</b>"],
        "textposition": "middle right",
        "marker": {"color": [theme["c-axis"], theme["c-fg"]], "size": [9, 11], "symbol": ["circle", "diamond"]},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": names[1:-1],
        "base": starts,
        "x": [one.part for one in rows],
        "text": [_signed(one.part) for one in rows],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [theme["d-1"] if one.part > 0 else theme["d-7"] for one in rows]},
        "hovertemplate": "%{y}: <b>%{text}</b> log-odds<extra></extra>",
    }
    ticks = _apart([chance for chance in PROBABILITY_TICKS if low <= _odds(chance) <= high], (high - low) / MOST_TICKS)
    x = {
        "range": [low, high],
        "tickvals": [_odds(chance) for chance in ticks],
        "ticktext": [f"{chance:.0%}" for chance in ticks],
        "tickangle": 0,
        "title": "Probability (log-odds scale)",
    }
    y = {"categoryorder": "array", "categoryarray": names[::-1], "showgrid": False, "ticklabelstandoff": 6}
    return {"data": [bars, ends], "layout": layout(theme, x=x, y=y, bargap=0.45)}


def _apart(chances: Sequence[float], least: float) -> list[float]:
    """Those whose labels have room beside each other."""
    kept: list[float] = []
    for chance in chances:
        if not kept or _odds(chance) - _odds(kept[-1]) >= least:
            kept.append(chance)
    return kept


def _odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def _share(odds: float) -> str:
    return formats.probability(1 / (1 + math.exp(-odds)))


def _signed(part: float) -> str:
    return f"{'+' if part > 0 else formats.MINUS}{abs(part):.2f}"
