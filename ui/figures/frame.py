"""What all figures with two still axes share: colours, font, and room for labels."""

from typing import Any

from ui.theme import FONT, Theme

PlotlyFigure = dict[str, Any]


def layout(theme: Theme, *, x: dict[str, Any], y: dict[str, Any], **more: Any) -> dict[str, Any]:
    font = {"family": FONT, "size": 12}
    still = {
        "fixedrange": True,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"size": 11, "color": theme["c-fg-3"]},
        "gridcolor": theme["c-grid"],
        "linecolor": theme["c-border-strong"],
    }

    def axis(given: dict[str, Any]) -> dict[str, Any]:
        title = given.pop("title", None)
        named = {"text": title, "font": {"size": 11, "color": theme["c-fg-3"]}, "standoff": 8}
        return {**still, **({"title": named} if title else {}), **given}

    return {
        "autosize": True,
        "margin": {"l": 4, "r": 16, "t": 8, "b": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {**font, "color": theme["c-fg-2"]},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": theme["c-raised"],
            "bordercolor": theme["c-border-strong"],
            "font": {**font, "color": theme["c-fg"]},
        },
        "xaxis": axis(dict(x)),
        "yaxis": axis(dict(y)),
        **more,
    }
