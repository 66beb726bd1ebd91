"""What is recommended: the list on Predictive Insights, and the actions of a segment."""

from typing import Any

import pytest
from dash import html

from tests.ui.trees import by_class, by_type, prop, text
from ui.pages.predictive import actions
from ui.pages.predictive.actions_data import ActionsAnswer
from ui.pages.segmentation import recommended
from ui.pages.segmentation.recommended import RecommendedAnswer

CUSTOMER = {"id": "Q3VzdG9tZXI6MQ==", "name": "Ann"}
ACTION = {"code": "retention", "name": "Retention offer", "channel": "email", "outcome": "STAY"}


def answer(*, role: str = "ANALYST", **changes: Any) -> ActionsAnswer:
    node = {
        "action": ACTION,
        "probability": 0.42,
        "explanation": "By model 3.",
        "expectedValue": {"amount": 1_234, "currency": "GBP"},
        "block": None,
        "recommended": True,
        "customer": CUSTOMER,
    }
    info = {"hasNextPage": True, "hasPreviousPage": False, "startCursor": "a", "endCursor": "b"}
    listed = {"nodes": [node], "pageInfo": info, "totalCount": {"value": 41, "precision": "EXACT"}}
    return ActionsAnswer.model_validate({"me": {"role": role}, "actions": listed | changes})


def test_an_action_is_shown_with_its_customer_its_chance_and_what_it_is_expected_to_bring() -> None:
    table = actions.listed(answer())
    shown = text(table)
    for part in ("Ann", "Retention offer, by email", "42%", "chance of staying", "£12.34", "By model 3."):
        assert part in shown
    assert [prop(link, "href") for link in by_class(table, "link")] == ["/customers/Q3VzdG9tZXI6MQ%3D%3D"]
    assert "41 customers" in text(actions.pager(answer()))
    assert [prop(one, "disabled") for one in by_type(actions.pager(answer()), html.Button)] == [True, False]


@pytest.mark.parametrize(("role", "decisions"), [("ADMIN", 2), ("ANALYST", 2), ("VIEWER", 0)])
def test_the_buttons_are_for_those_who_may_decide(role: str, decisions: int) -> None:
    buttons = by_type(actions.listed(answer(role=role)), html.Button)
    assert [prop(one, "id")["decided"] for one in buttons] == ["ACCEPT", "DISMISS"][:decisions]
    assert {prop(one, "id")["customer"] for one in buttons} <= {CUSTOMER["id"]}


def test_without_open_actions_it_is_said_why() -> None:
    assert "Each is blocked for each customer" in text(actions.listed(answer(nodes=[])))


def test_a_segments_actions_stand_with_how_many_customers_they_reach() -> None:
    found = {
        "customers": 60,
        "actions": [{"action": ACTION, "customers": 25, "expectedValue": {"amount": 123_400, "currency": "GBP"}}],
    }
    answered = RecommendedAnswer.model_validate({"segment": {"name": "at_risk"}, "found": found})
    assert "Retention offer" in text(recommended.listed(answered))
    assert "£1,234" in text(recommended.listed(answered))
    assert recommended.title(answered).startswith("At risk: 25 of 60 customers have an open action")
    none = RecommendedAnswer.model_validate({"segment": None, "found": {"customers": 0, "actions": []}})
    assert recommended.title(none) == "This segment is gone."
    assert "Each is blocked" in text(recommended.listed(none))
