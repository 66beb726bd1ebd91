"""The Customer Segmentation page, without a browser: what its cards say of an answer."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import plotly.graph_objects as go  # type: ignore[import-untyped]
import pytest

from tests.ui.trees import by_class, text
from ui.figures.cluster_map import Cluster, cluster_map, outliers
from ui.figures.flow import Flow, flow_figure, way
from ui.pages.segmentation import cards, movement_cards, rules
from ui.pages.segmentation.data import PageAnswer
from ui.pages.segmentation.query import SegmentationQuery, parse
from ui.theme import theme

LOOK: Final = theme("light")
MOMENT: Final = datetime(2026, 3, 18, 12, tzinfo=UTC).isoformat()
SHARE: Final = {"share": 0.25, "low": 0.2, "high": 0.31}


def answer(**parts: Any) -> PageAnswer:
    given: dict[str, Any] = {
        "tenant": {"timeZone": "Europe/London", "currency": "GBP", "now": MOMENT},
        "segments": {"nodes": [], "totalCount": {"value": 0, "precision": "EXACT"}},
        "segmentations": {"nodes": []},
        **parts,
    }
    return PageAnswer.model_validate(given)


def segment(name: str, position: int, customers: int) -> dict[str, Any]:
    spent = {"amount": 10_000 * customers, "currency": "GBP"}
    return {
        "id": name,
        "name": name,
        "kind": "RFM",
        "mode": "DYNAMIC",
        "position": position,
        "customers": customers,
        "spent": spent,
        "asOf": MOMENT,
    }


def movement(customers: int) -> dict[str, Any]:
    shown = customers >= 30
    cells = [
        {"segmentId": name, "customers": count, "share": SHARE if shown else None}
        for name, count in (("champions", customers - 5), ("lost", 5))
    ]
    row = {"segmentId": "champions", "name": "champions", "customers": customers, "shown": shown, "cells": cells}
    other = {"segmentId": "lost", "name": "lost", "customers": 0, "shown": False, "cells": []}
    return {"status": "OK", "from": MOMENT, "to": MOMENT, "days": 30, "rows": [row, other]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((None, None, None), SegmentationQuery()),
        (("kmeans", "90", "x"), SegmentationQuery("kmeans", 90, "x")),
        (("<b>", "45", ["x"]), SegmentationQuery()),
    ],
)
def test_an_address_that_may_be_forged_falls_back_to_the_default(given: Any, expected: SegmentationQuery) -> None:
    assert parse(*given) == expected


def test_too_little_data_is_shown_as_such() -> None:
    short = {"what": "customers with a purchase", "need": 25, "have": 3}
    rfm = {
        "status": "INSUFFICIENT_DATA",
        "insufficient": short,
        "asOf": MOMENT,
        "customers": 3,
        "prospects": 2,
        "grid": [],
    }
    shown = text(cards.body(answer(rfm=rfm), "rfm", 30, LOOK))
    assert "Too little data" in shown
    assert "25 customers with a purchase are needed; there are 3." in shown


def test_a_version_that_came_to_nothing_is_told_beside_the_one_before() -> None:
    refused = {"number": 2, "state": "REFUSED", "reason": "features do not vary: all customers are alike"}
    shown = cards.body(answer(segmentations={"nodes": [refused]}), "kmeans", 30, LOOK)
    assert "Version 2 came to nothing: features do not vary: all customers are alike." in text(shown)


def test_sizes_are_shares_of_customers_and_of_money() -> None:
    nodes = [segment("lost", 1, 30), segment("champions", 0, 10)]
    found = answer(segments={"nodes": nodes, "totalCount": {"value": 2, "precision": "EXACT"}})
    card = cards.sizes(found.listed, found)
    assert text(by_class(card, "chart-sentence")) == (
        "Lost is the largest, 75.0% of customers; it has spent 75.0% of all."
    )
    shown = text(by_class(card, "sizes-table")) + text(by_class(card, "card-foot"))
    assert shown.index("Champions") < shown.index("Lost")
    assert "40 customers" in shown
    assert "25.0%" in shown


@pytest.mark.parametrize(("customers", "expected"), [(100, "25%"), (29, "< 30")])
def test_the_matrix_hides_what_says_nothing(customers: int, expected: str) -> None:
    found = answer(movement=movement(customers))
    assert found.movement is not None
    assert text(by_class(movement_cards.matrix(found.movement, found), "heat")[0]).startswith(expected)


def test_the_flow_adds_up_on_both_sides_and_a_better_place_is_up() -> None:
    flows = [Flow(0, 0, 40), Flow(0, 1, 10), Flow(1, 0, 5), Flow(1, 1, 0)]
    figure = flow_figure(["Champions", "Lost"], flows, LOOK)
    go.Figure(figure)
    sankey = figure["data"][0]
    assert sankey["node"]["label"] == ["Champions 50", "Lost 5", "Champions 45", "Lost 10"]
    assert sum(sankey["link"]["value"]) == 55
    assert [way(flow) for flow in flows] == ["c-axis", "c-2", "c-3", "c-axis"]


def test_small_segments_keep_the_room_of_a_line_of_text_in_the_flow() -> None:
    flows = [Flow(place, place, customers) for place, customers in enumerate([500, 1, 2, 400, 1, 1, 1, 2, 90, 3, 60])]
    figure = flow_figure([f"Segment {place}" for place in range(11)], flows, LOOK)
    middles = figure["data"][0]["node"]["y"][:11]
    rooms = [(below - above) * 400 for above, below in pairwise(middles)]
    assert min(rooms) >= 13


def test_the_map_says_how_much_it_keeps_and_whom_it_leaves_out() -> None:
    near = Cluster("Champion", [float(step % 10) for step in range(300)], [0.5] * 300, 0)
    far = Cluster("Lost", [900.0], [0.5], 1)
    figure = cluster_map([near, far], [0.612, 0.247], LOOK)
    go.Figure(figure)
    assert figure["layout"]["xaxis"]["title"]["text"] == "Component 1 · 61.2% of the variance"
    assert outliers([near, far]) == 1


def test_text_that_is_no_json_is_told_with_its_place() -> None:
    assert rules.read('{"all": [') == (None, "The rule is not JSON: Expecting value, in line 1, column 10.")
    assert rules.read('{"rfm": ["lost"]}') == ({"rfm": ["lost"]}, None)
