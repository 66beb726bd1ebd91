"""No chart may forget what every chart offers: the pages are walked, and each card has to show it."""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from dash import dcc, html
from dash.development.base_component import Component

from tests.ui import test_health_page, test_journey_page, test_live_page, test_predictive_page, test_segmentation_page
from tests.ui.builders import series
from tests.ui.trees import by_class, by_type, prop, text, walk
from ui.pages.health import cards as health
from ui.pages.journey import cards as journey
from ui.pages.journey.query import JourneyQuery
from ui.pages.live import layout as live
from ui.pages.live.query import LiveQuery
from ui.pages.predictive import cards as predictive
from ui.pages.predictive.query import PredictiveQuery
from ui.pages.realtime import trends
from ui.pages.segmentation import cards as segmentation
from ui.pages.segmentation import rules
from ui.theme import theme

LIGHT: Final = theme("light")
PAGES: Final = Path(__file__).parents[2] / "ui" / "pages"
MOMENT: Final = test_segmentation_page.MOMENT


def of_segmentation(method: str) -> list[Component]:
    nodes = [test_segmentation_page.segment("champions", 0, 60), test_segmentation_page.segment("lost", 1, 40)]
    trait = {"feature": "recency", "effect": -1.2, "mean": 3.0, "meanElsewhere": 90.0}
    measured = {"clusters": 2, "mean": 0.9, "minimum": 0.8, "weakest": 0.7, "smallest": 0.4, "holds": True}
    axis = {"explained": 0.5, "loadings": [{"feature": "recency", "value": 0.7}]}
    quality = {
        "clusters": 2, "automatic": True, "stable": True, "silhouette": 0.4, "calinskiHarabasz": 90.0,
        "daviesBouldin": 0.8, "constantFeatures": [], "stability": [measured], "axes": [axis, axis],
    }  # fmt: skip
    points = [{"customerId": "c", "segmentId": one, "x": 1.0, "y": 2.0} for one in ("champions", "lost")]
    version = {"number": 1, "cutoff": MOMENT, "n": 100, "seed": 1, "features": ["recency"], "points": points}
    cell = {"spent": {"amount": 5_000, "currency": "GBP"}}
    grid = [
        {"recency": r, "frequency": f, "customers": 4 if r == f else 0, **cell}
        for r in range(1, 6)
        for f in range(1, 6)
    ]
    moves = test_segmentation_page.movement(60)
    moves["rows"][1] |= {"cells": moves["rows"][0]["cells"], "customers": 60, "shown": True}
    by_cluster = method == "kmeans"
    parts: dict[str, Any] = {
        "segments": {
            "nodes": [{**one, "kind": method.upper(), "traits": [trait]} for one in nodes],
            "totalCount": {"value": 2, "precision": "EXACT"},
        },
        "current": {**version, "quality": quality} if by_cluster else version,
        "rfm": None if by_cluster else {"status": "OK", "asOf": MOMENT, "customers": 100, "prospects": 3, "grid": grid},
        "movement": moves,
    }
    return segmentation.body(test_segmentation_page.answer(**parts), method, 30, LIGHT)


def of_rules() -> list[Component]:
    rule = {"kind": "RULE", "position": None, "definition": {"metric": "orders", "atLeast": 1}}
    nodes = [{**test_segmentation_page.segment(name, 0, 9), **rule} for name in ("buyers", "quiet")]
    count = {"value": 2, "precision": "EXACT"}
    return rules.body(test_segmentation_page.answer(segments={"nodes": nodes, "totalCount": count}))


def of_value() -> list[Component]:
    found = test_predictive_page.answer()
    given = found.model_dump(by_alias=True)
    given["summary"]["meanValue"] = {"amount": 1_250}
    given["summary"]["model"] |= {
        "candidates": [], "calibration": [], "isBaseline": False,
        "backtest": [{"cutoff": "2026-01-01", "predicted": 100.0, "actual": 90.0, "ratio": 0.9}],
        "valueError": {"meanAbsoluteError": 10.0, "baselineError": 20.0, "margin": 10.0, "marginError": 2.0},
    }  # fmt: skip
    return predictive.body(PredictiveQuery("value"), type(found).model_validate(given), LIGHT)


WALKED: Final[dict[str, tuple[Any, set[str]]]] = {
    "realtime": (lambda: [trends.trends([series(), series(slug="revenue", unit="MONEY")], [], LIGHT)], {"trends"}),
    "realtime, of nobody": (lambda: [trends.trends([series(slug="engagement_score")], [], LIGHT)], {"trends"}),
    "live": (lambda: [live.trends_card(test_live_page.answer(), LiveQuery("24h"), LIGHT)], {"trends"}),
    "journey": (
        lambda: journey.body(test_journey_page.answer(), JourneyQuery(), LIGHT),
        {"funnel", "bottlenecks", "flow", "stays", "conversion", "stages"},
    ),
    "segmentation, rfm": (lambda: of_segmentation("rfm"), {"sizes", "rfm-grid", "movement", "matrix"}),
    "segmentation, kmeans": (
        lambda: of_segmentation("kmeans"),
        {"map", "apart", "sizes", "trust", "movement", "matrix"},
    ),
    "segmentation, rules": (of_rules, {"rules"}),
    "predictive": (
        lambda: predictive.body(PredictiveQuery(), test_predictive_page.answer(), LIGHT),
        {"reasons", "calibration", "better", "distribution"},
    ),
    "predictive, value": (of_value, {"distribution", "backtest", "better"}),
    "health": (lambda: health.body(test_health_page.health(), LIGHT), {"checks"}),
}
ZONES: Final = {"health": "UTC"}
"""Of a page that is about the machines; all others are in the tenant's time zone."""


def charts(tree: Sequence[Component]) -> Iterator[Component]:
    return (one for one in walk(tree) if prop(one, "data-chart"))


def lacks(card: Component, zone: str) -> list[str]:
    """What this card does not say or offer."""
    twins = [json.loads(found) for one in walk(card) if (found := prop(one, "data-twin"))]
    buttons = by_type(card, html.Button)
    links = by_type(card, html.A)
    foot = text(by_class(card, "foot-side"))
    behind = text(by_class(card, "chart-behind"))
    rows = twins[0]["rows"] if twins else []
    held = {
        "a title": text(by_class(card, "card-title")),
        "a unit": text(by_class(card, "chart-unit")),
        "a sentence": text(by_class(card, "chart-sentence")),
        "its moment": re.match(r"As of \d{1,2} \w{3} \d{4}, \d\d:\d\d · ", foot),
        "its time zone": foot.endswith(zone),
        "rows for its table": rows and twins[0]["columns"],
        "cells for every column": all(len(row["cells"]) == len(twins[0]["columns"]) for row in rows),
        "the switch to its table": any(prop(one, "data-chart-twin") for one in buttons),
        "CSV": any(prop(one, "data-chart-csv") or "csv" in str(prop(one, "href")) for one in (*buttons, *links)),
        "PNG": any(prop(one, "data-chart-png") for one in buttons),
        "who is behind it, or why nobody": behind.strip(),
        "drills that its hint promises": any("drill" in row for row in rows) == ("Select a point" in behind),
    }
    return [name for name, is_there in held.items() if not is_there]


@pytest.mark.parametrize("name", WALKED)
def test_a_chart_forgets_nothing(name: str) -> None:
    build, expected = WALKED[name]
    found = list(charts(build()))
    assert {prop(one, "data-chart") for one in found} == expected
    zone = ZONES.get(name, "Europe/London")
    assert {prop(one, "data-chart"): missing for one in found if (missing := lacks(one, zone))} == {}


@pytest.mark.parametrize("name", WALKED)
def test_a_figure_stands_in_a_chart_card(name: str) -> None:
    tree = WALKED[name][0]()
    framed = {id(graph) for card in charts(tree) for graph in by_type(card, dcc.Graph)}
    assert [prop(one, "id") for one in by_type(tree, dcc.Graph) if id(one) not in framed] == []


def test_figures_are_made_by_the_frame_alone_and_every_page_with_charts_is_walked() -> None:
    makers = {path.parent.name for path in PAGES.rglob("*.py") if _makes_charts(path)}
    assert makers <= {name.partition(",")[0] for name in WALKED}
    outside = [str(path.relative_to(PAGES)) for path in PAGES.rglob("*.py") if _names(path, "Graph")]
    assert outside == []


def _makes_charts(path: Path) -> bool:
    return _names(path, "chart_card") or _names(path, "graph")


def _names(path: Path, name: str) -> bool:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    return name in {one.id if isinstance(one, ast.Name) else getattr(one, "attr", "") for one in called}
