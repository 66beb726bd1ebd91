"""Addresses: ranges of days of one's own, and what a page does not know is said, not passed over."""

from datetime import date

import pytest
from dash import html

from tests.ui.trees import text
from ui import behind, ranges
from ui.addresses import notice, with_notice
from ui.components.dates import custom_range
from ui.pages.customers import words
from ui.pages.customers.query import from_address
from ui.pages.journey.query import KEYS, parse
from ui.pages.realtime import query as realtime

JUNE = "2011-06-01..2011-06-30"


def test_days_are_a_range_for_the_api_and_in_words() -> None:
    assert ranges.days_of(JUNE) == (date(2011, 6, 1), date(2011, 6, 30))
    assert realtime.parse(JUNE).range == {"firstDay": "2011-06-01", "lastDay": "2011-06-30"}
    assert parse({"range": JUNE}).range == {"firstDay": "2011-06-01", "lastDay": "2011-06-30"}
    assert parse({"range": JUNE}).address == "/journeys?range=2011-06-01..2011-06-30"
    assert ranges.said(JUNE) == "1 Jun 2011 – 30 Jun 2011"
    assert (text(custom_range(JUNE))[:24], text(custom_range("7d"))[:10]) == ("1 Jun 2011 – 30 Jun 2011", "Other days")


@pytest.mark.parametrize(
    "forged",
    [
        "2011-06-30..2011-06-01",
        "2011-02-30..2011-03-01",
        "2011-06-01",
        "2011-06-01..",
        "2009-01-01..2011-01-01",
        "..",
        7,
    ],
)
def test_what_is_no_range_of_days_falls_back(forged: object) -> None:
    assert ranges.days_of(forged) is None
    assert realtime.parse(forged).range == {"preset": "LAST_7_DAYS"}


def test_unknown_names_and_impossible_values_are_named() -> None:
    said = text(notice({"range": "9y", "colour": "red", "table": "flow", "stage": "x"}, KEYS))
    assert said == (
        "In the address. Not known here, and left out: “colour”. Not possible, so the default is shown: “range=9y”."
    )
    assert notice({"range": "7d", "drill": "a=b"}, KEYS) is None
    assert "and 3 more" in text(notice({f"k{number}": "" for number in range(8)}, {}))
    page = with_notice(html.Div([html.Header("title"), "body"]), {"x": "1"}, {})
    assert text(page).startswith("titleIn the address.")


MOMENTS = ("2011-06-01T00:00:00Z", "2011-07-01T00:00:00Z")


@pytest.mark.parametrize(
    ("drill", "where", "said"),
    [
        (behind.segment("abc="), {"segment": "abc="}, "In champions"),
        (behind.rfm_cell(5, 3), {"rfm": {"recency": 5, "frequency": 3}}, "Recency 5 and frequency 3 of 5"),
        (
            behind.moved("abc=", None, 30),
            {"moved": {"from": "abc=", "to": None, "horizonDays": 30}},
            "In champions 30 days before",
        ),
        (
            behind.predicted("CLV", 30, 1_000, None),
            {"predicted": {"kind": "CLV", "horizonDays": 30, "gte": 1_000.0, "lt": None}},
            "Value in 30 days from £10",
        ),
        (
            "entered=purchase&enteredGte=2011-06-01T00:00:00Z&enteredLt=2011-07-01T00:00:00Z&enteredStill=true",
            {"entered": {"stage": "purchase", "gte": MOMENTS[0], "lt": MOMENTS[1], "to": None, "stillHere": True}},
            "Entered purchase in 1–30 Jun 2011, still there at its end",
        ),
    ],
)
def test_who_is_behind_a_figure_is_asked_for_and_said(drill: str, where: dict[str, object], said: str) -> None:
    query = from_address(drill)
    assert query.variables()["where"] == where
    assert words.described(query, "UTC", "GBP", {"abc=": "Champions"}).lower() == f"{said} · UTC".lower()


@pytest.mark.parametrize(
    "forged",
    ["rfm=6-1", "rfm=55", "movedFrom=a", "movedDays=30", "predicted=SUN&predictedDays=30", "predicted=CLV",
     "enteredGte=x", "enteredStill=true", f"segment={'x' * 400}", "movedFrom=a&movedDays=99999"],
)  # fmt: skip
def test_half_a_figure_is_no_filter(forged: str) -> None:
    assert from_address(forged).variables()["where"] is None
