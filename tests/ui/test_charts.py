"""The frame of charts: what each says of itself, in every state."""

import json
from datetime import UTC, datetime

from dash import html

from tests.ui.trees import by_class, by_type, prop, text, walk
from ui.client import ApiError
from ui.components.chart import Chart, chart_card, chart_loading, chart_state, drill_button, graph
from ui.components.states import failed, not_enough, not_permitted
from ui.components.twin import Cell, Column, Row, Twin, missing

TWIN = Twin([Column("Segment"), Column("Customers", number=True)], [Row([Cell("Loyal"), Cell("1,200", 1200)], "a=b")])


def chart(stale: str | None = None, csv_path: str | None = None) -> Chart:
    return Chart(
        name="sizes",
        title="Segment sizes",
        unit="customers",
        sentence="Loyal is the largest.",
        as_of=datetime(2011, 2, 28, 17, 1, tzinfo=UTC),
        time_zone="Europe/London",
        twin=TWIN,
        note="Each customer counts once.",
        stale_since=stale,
        csv_path=csv_path,
    )


def labels(tree: html.Section) -> list[str]:
    return [prop(one, "aria-label") or text(one) for one in by_type(tree, html.Button)]


def test_a_chart_says_title_unit_sentence_time_zone_and_as_of() -> None:
    card = chart_card(chart(), graph("g", {"data": [], "layout": {}}, "Sizes"))
    assert prop(card, "data-chart") == "sizes"
    assert text(by_class(card, "card-title")) == "Segment sizes"
    assert text(by_class(card, "card-subtitle")) == "Loyal is the largest.customers"
    hint = "Select a point or a table row to see its customers."
    foot = f"Each customer counts once. {hint}As of 28 Feb 2011, 17:01 · Europe/London"
    assert text(by_class(card, "card-foot")) == foot
    assert [prop(one, "aria-label") for one in walk(card) if prop(one, "role") == "figure"] == ["Sizes"]


def test_a_chart_offers_its_table_and_files_and_only_exporters_see_the_files() -> None:
    card = chart_card(chart(), "…")
    assert labels(card) == ["Segment sizes: show as a table", "CSV, 1 row", "PNG picture"]
    assert len(by_class(by_class(card, "may-export"), "menu-link")) == 2
    assert labels(chart_card(chart(), "…", picture=False)) == ["Segment sizes: show as a table", "CSV, 1 row"]


def test_a_chart_of_a_part_leads_to_the_whole_file() -> None:
    card = chart_card(chart(csv_path="/exports/customers.csv"), "…")
    assert [prop(one, "href") for one in by_type(card, html.A)] == ["/exports/customers.csv"]


def test_a_stale_chart_keeps_its_data_and_says_since_when() -> None:
    card = chart_card(chart(stale="28 Feb, 17:01"), "the graph")
    assert "is-stale" in prop(card, "className")
    assert text(by_class(card, "badge-warn")) == "Stale"
    assert text(by_class(card, "card-foot")) == "Last good answer 28 Feb, 17:01 · Europe/LondonRefresh"
    assert text(by_class(card, "chart-body")) == "the graph"


def test_every_state_keeps_name_and_title() -> None:
    error = failed("The sizes", ApiError("TIMEOUT", "No answer."), "sizes")
    states = [
        chart_loading("sizes", "Segment sizes"),
        chart_state("sizes", "Segment sizes", error),
        chart_state("sizes", "Segment sizes", not_permitted("scoring:manage", "analyst or admin")),
    ]
    assert {(prop(one, "data-chart"), text(by_class(one, "card-title"))) for one in states} == {
        ("sizes", "Segment sizes")
    }
    assert [labels(one) for one in states] == [[], ["Try again"], []]


def test_too_little_data_says_need_have_and_what_for() -> None:
    state = not_enough(180, 90, "days of history", "a year can be told from a month")
    assert "Needs 180 days of history, so that a year can be told from a month." in text(state)
    assert "90 of 180, 90 to go" in text(state)
    assert [prop(one, "style") for one in by_class(state, "bar-fill")] == [{"width": "50.0%"}]


def test_the_twin_carries_text_number_and_what_a_row_leads_to() -> None:
    rows = Twin([Column("Day"), Column("Orders", number=True, soft=True)], [Row([Cell("1 Feb"), missing()])])
    assert json.loads(rows.to_json()) == {
        "columns": [{"name": "Day", "number": False, "soft": False}, {"name": "Orders", "number": True, "soft": True}],
        "rows": [{"cells": ["1 Feb", ["–", ""]]}],
    }
    assert json.loads(TWIN.to_json())["rows"] == [{"cells": ["Loyal", ["1,200", 1200]], "drill": "a=b"}]


def test_a_cell_that_drills_down_says_where_to() -> None:
    button = drill_button("12", "segment=lost", "12 customers in Lost")
    assert (prop(button, "data-drill"), prop(button, "aria-label")) == ("segment=lost", "12 customers in Lost")
