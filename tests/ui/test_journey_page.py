"""The Journey page without a browser: its address, its figures and its component trees."""

import json
import re
from typing import Any
from urllib.parse import unquote

import plotly.graph_objects as go  # type: ignore[import-untyped]
import pytest
from dash import dcc

from tests.ui.trees import by_class, by_type, prop, text, walk
from ui.pages.journey import cards, layout, panel
from ui.pages.journey.data import Customer, PageAnswer, Visits
from ui.pages.journey.query import JourneyQuery, from_store, parse
from ui.theme import themes

LOOK = themes()["light"]
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")
SHORT = {"need": 30, "have": 8}
NAMES = {"consideration": "Consideration", "purchase": "Purchase", "lost": "Lost"}


def share(value: float | None) -> dict[str, Any]:
    if value is None:
        return {"value": None, "low": None, "high": None, "n": 8, "shortage": SHORT}
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 60, "shortage": None}


def curve(*points: tuple[float, float]) -> dict[str, Any]:
    found = [{"day": day, "share": part, "low": part, "high": part, "atRisk": 40} for day, part in points]
    return {"n": 60, "medianDays": 5.0 if points else None, "points": found, "shortage": None if points else SHORT}


def stage(key: str, **counts: int) -> dict[str, Any]:
    parts = {name: counts.get(name, 0) for name in ("converted", "back", "lost", "here", "began")}
    entered = sum(counts.get(name, 0) for name in ("converted", "back", "lost", "here"))
    known = entered >= 40
    return {
        "stage": {"key": key, "name": NAMES[key]},
        "entered": entered,
        "customers": entered,
        **parts,
        "conversion": share(0.5 if known else None),
        "endToEnd": share(0.5) if key == "consideration" else None,
        "dwell": curve((0, 1), (5, 0.5)) if known else curve(),
    }


def answer(*, flagged: bool = True, empty: bool = False, synthetic: bool = True) -> PageAnswer:
    stages = [
        stage("consideration", converted=30, lost=14, here=16, began=59),
        stage("purchase", here=29, back=1),
    ]
    links = [
        {"source": None, "target": "consideration", "kind": "BEGAN", "count": 59},
        {"source": "consideration", "target": "purchase", "kind": "FORWARD", "count": 30},
        {"source": "consideration", "target": "lost", "kind": "LOST", "count": 14},
        {"source": "consideration", "target": None, "kind": "STILL_HERE", "count": 16},
        {"source": "purchase", "target": None, "kind": "STILL_HERE", "count": 29},
        {"source": "purchase", "target": "consideration", "kind": "BACK", "count": 1},
    ]
    loss = {"flagged": flagged, "loss": 30.2, "low": 12.0, "high": 44.0, "n": 60, "referenceN": 90}
    return PageAnswer.model_validate(
        {
            "tenant": {"name": "Acme", "timeZone": "Europe/London", "synthetic": synthetic},
            "journey": {
                "asOf": "2026-03-18T12:00:00Z",
                "timeZone": "Europe/London",
                "rangeStart": "2025-12-19T00:00:00Z",
                "rangeEnd": "2026-03-18T12:00:00Z",
                "rebuilding": False,
                "customers": 60,
                "stages": [] if empty else stages,
                "links": [] if empty else links,
                "conversion": {
                    "origin": None if empty else {"key": "consideration", "name": "Consideration"},
                    "target": {"key": "purchase", "name": "Purchase"},
                    "curve": curve() if empty else curve((0, 0), (5, 0.5)),
                },
            },
            "journeyDefinition": {"stages": [{"key": key, "name": name} for key, name in NAMES.items()]},
            "journeyBottlenecks": {
                "referenceStart": "2025-03-01T00:00:00Z",
                "referenceEnd": "2025-12-19T00:00:00Z",
                "target": {"key": "purchase", "name": "Purchase"},
                "stages": []
                if empty
                else [{**loss, "stage": stages[0]["stage"], "conversion": 0.2, "referenceConversion": 0.7}],
                "unjudged": [{"stage": {"key": "purchase", "name": "Purchase"}, "shortage": SHORT}],
            },
        }
    )


def twin(tree: Any, name: str) -> Any:
    [card] = [one for one in walk(tree) if prop(one, "data-chart") == name]
    return json.loads(next(found for one in walk(card) if (found := prop(one, "data-twin"))))


def graphs(found: PageAnswer, query: JourneyQuery) -> dict[str, Any]:

    body = cards.body(found, query, LOOK)
    return {str(prop(one, "id")): prop(one, "figure") for one in by_type(body, dcc.Graph)}


def test_the_address_keeps_every_choice_and_leaves_defaults_out() -> None:
    query = JourneyQuery("30d", tables="flow,stays", stage="purchase", to="here", customer="abc=")
    address = query.address
    assert address == "/journeys?range=30d&table=flow,stays&stage=purchase&to=here&customer=abc%3D"
    given = dict(pair.split("=", 1) for pair in address.partition("?")[2].split("&"))
    assert parse({name: unquote(value) for name, value in given.items()}) == query
    assert from_store(query.stored()) == query
    assert JourneyQuery().address == "/journeys"


@pytest.mark.parametrize("given", [{"range": "9y"}, {"range": ["7d"]}, {"table": "", "to": "purchase"}, {"stage": ""}])
def test_what_an_address_should_not_say_falls_back(given: dict[str, object]) -> None:
    assert parse(given) == JourneyQuery()


def test_every_figure_is_one_that_plotly_draws_in_colours_of_the_theme() -> None:
    for look in themes().values():
        body = cards.body(answer(), JourneyQuery(), look)
        found = by_type(body, dcc.Graph)
        assert len(found) == 5
        for graph in found:
            figure = prop(graph, "figure")
            go.Figure(figure)
            assert set(COLOUR.findall(json.dumps(figure))) <= set(look.tokens.values())


def test_the_flow_has_the_same_total_on_both_sides() -> None:
    figure = graphs(answer(), JourneyQuery())["journey-flow"]["data"][0]
    labels, link = figure["node"]["label"], figure["link"]
    sources, targets = set(link["source"]), set(link["target"])
    left = sum(count for source, count in zip(link["source"], link["value"], strict=True) if source not in targets)
    right = sum(count for target, count in zip(link["target"], link["value"], strict=True) if target not in sources)
    assert left == right == 60
    assert {"Began here 59", "Came back 1", "Went back 1", "Still in the stage 45", "Lost 14"} <= set(labels)
    assert "60 = 60" in text(cards.body(answer(), JourneyQuery(), LOOK))


def test_funnel_table_and_file_say_the_same() -> None:
    figure = graphs(answer(), JourneyQuery())["journey-funnel"]
    bars = {one["name"]: one["x"] for one in figure["data"]}
    assert bars == {"Went on": [30, 0], "Still in the stage": [16, 29], "Went back": [0, 1], "Lost": [14, 0]}
    first = twin(cards.body(answer(), JourneyQuery(), LOOK), "funnel")["rows"][0]
    assert [cell[1] if isinstance(cell, list) else cell for cell in first["cells"]] == [
        "Consideration", 60, 60, 30, 16, 0, 14,
    ]  # fmt: skip
    assert first["drill"] == ("entered=consideration&enteredGte=2025-12-19T00:00:00Z&enteredLt=2026-03-18T12:00:00Z")


def test_a_link_leads_to_those_who_went_it_and_those_who_stayed() -> None:
    rows = twin(cards.body(answer(), JourneyQuery(), LOOK), "flow")["rows"]
    led = [row["drill"].partition("enteredLt=2026-03-18T12:00:00Z")[2] for row in rows]
    assert led == ["", "&enteredTo=purchase", "&enteredTo=lost", "&enteredStill=true", "&enteredStill=true",
                   "&enteredTo=consideration"]  # fmt: skip
    link = graphs(answer(), JourneyQuery())["journey-flow"]["data"][0]["link"]
    assert len(link["customdata"]) == len(link["value"])
    assert None not in link["customdata"]


def test_a_bottleneck_is_named_only_when_it_is_one() -> None:
    said = text(cards.body(answer(), JourneyQuery(), LOOK))
    assert "Consideration is a likely bottleneck: about 30 conversions fewer" in said
    quiet = text(cards.body(answer(flagged=False), JourneyQuery(), LOOK))
    assert "bottleneck:" not in quiet
    assert "No stage loses more conversions than before, as far as can be told." in quiet


def test_too_few_entries_are_said_with_how_many_are_needed() -> None:
    said = text(cards.body(answer(), JourneyQuery(), LOOK))
    assert "Not judged: Purchase (8 of 30 entries)." in said
    assert "Too few: Purchase (8 of 30 entries)." in said


def test_without_any_entries_the_page_says_what_it_needs() -> None:
    assert "No journeys yet" in text(cards.body(answer(empty=True), JourneyQuery(), LOOK))


def test_the_panel_lists_who_stands_behind_a_figure() -> None:
    found = Visits.model_validate(
        {
            "totalCount": {"value": 21, "precision": "EXACT"},
            "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": "a", "endCursor": "z"},
            "nodes": [
                {
                    "enteredAt": "2026-03-01T00:00:00Z",
                    "leftAt": None,
                    "nextStage": None,
                    "customer": {"id": "c1", "name": "Ada"},
                }
            ],
        }
    )
    tree = panel.visits(found, JourneyQuery(stage="consideration", to="here"), NAMES, "Europe/London")
    said = text(tree)
    assert "Consideration, still there" in said
    assert "21 entries" in said
    addresses = [str(prop(one, "href")) for one in by_class(tree, "link") + by_class(tree, "button")]
    assert "/journeys?stage=consideration&to=here&customer=c1" in addresses
    assert "/journeys?stage=consideration&to=here&after=z" in addresses


@pytest.mark.parametrize(
    ("outlook", "words_of_it"),
    [
        (None, "no stage from which it could go on"),
        ({"shortage": SHORT, "chances": []}, "8 of 30 customers"),
        ({"shortage": None, "chances": []}, "Nobody has left this stage"),
        (
            {
                "shortage": None,
                "chances": [
                    {"stage": {"key": "purchase", "name": "Purchase"}, "horizonDays": days, "probability": 0.005,
                     "low": 0.0, "high": 0.04, "n": 44}
                    for days in (7, 30, 90)
                ],
            },
            "< 1%0–4%",
        ),
    ],
)  # fmt: skip
def test_a_customers_way_and_where_it_may_go(outlook: dict[str, Any] | None, words_of_it: str) -> None:
    step = {"stage": "consideration", "enteredAt": "2026-03-01T00:00:00Z", "leftAt": None, "nextStage": None}
    found = Customer.model_validate(
        {
            "id": "c1",
            "name": "Ada",
            "journey": {
                "since": "2026-03-01T00:00:00Z",
                "stage": {"key": "consideration", "name": "Consideration"},
                "timeline": {"totalCount": {"value": 1, "precision": "EXACT"}, "nodes": [step]},
                "nextStage": outlook,
            },
        }
    )
    said = text(panel.customer(found, JourneyQuery(customer="c1"), NAMES, "Europe/London"))
    assert "in Consideration since 1 Mar 2026" in said
    assert words_of_it in said
    missing = text(panel.customer(None, JourneyQuery(customer="c1"), NAMES, "Europe/London"))
    assert "There is no such customer" in missing


def test_the_frame_says_which_range_is_shown() -> None:
    [here] = by_class(layout.page(JourneyQuery("7d")), "choice-here")
    assert text(here) == "7 days, shown now"
    assert by_class(layout.page(JourneyQuery()), "journey-panel") == []
    assert "19 Dec 2025 – 18 Mar 2026" in layout.meta(answer())
