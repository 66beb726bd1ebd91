"""The journey's form: what its fields hold, what its buttons do, and what is sent."""

import pytest
from dash import dcc, html

from tests.ui.trees import by_class, by_type, prop, text
from ui.pages.settings.data import Preview
from ui.pages.settings.draft import DraftRule, DraftStage, definition, edited, read, saved
from ui.pages.settings.journey import editor, standing

FIRST = DraftStage("Looking", "looking", False, (DraftRule("page_viewed"), DraftRule("searched", "ANY", "kind", "x")))
LAST = DraftStage("Gone for good", "", True, (DraftRule("left"),))
DRAFT = (FIRST, LAST)


def fields_of(draft: tuple[DraftStage, ...]) -> dict[str, object]:
    found = (
        by_type(editor(draft), dcc.Input)
        + by_type(editor(draft), dcc.RadioItems)
        + by_type(editor(draft), dcc.Checklist)
    )
    return {prop(one, "id")["name"]: prop(one, "value") for one in found}


def test_what_the_form_shows_is_what_is_read_from_it() -> None:
    assert read(fields_of(DRAFT)) == DRAFT


def test_the_api_is_given_stages_in_order_and_each_rule_with_its_stage() -> None:
    assert definition(DRAFT) == {
        "stages": [
            {"key": "looking", "name": "Looking", "isExit": False},
            {"key": "gone_for_good", "name": "Gone for good", "isExit": True},
        ],
        "rules": [
            {"eventName": "page_viewed", "stage": "looking", "moves": "FORWARD", "property": None, "equals": None},
            {"eventName": "searched", "stage": "looking", "moves": "ANY", "property": "kind", "equals": "x"},
            {"eventName": "left", "stage": "gone_for_good", "moves": "FORWARD", "property": None, "equals": None},
        ],
    }


def test_what_is_saved_comes_back_as_the_same_draft() -> None:
    sent = definition((FIRST,))
    assert saved(sent["stages"], sent["rules"]) == (FIRST,)


@pytest.mark.parametrize(
    ("action", "target", "after"),
    [
        ("stage-add", "", (FIRST, LAST, DraftStage())),
        ("stage-gone", "0", (LAST,)),
        ("stage-up", "1", (LAST, FIRST)),
        ("stage-up", "0", DRAFT),
        ("rule-gone", "0.0", (DraftStage("Looking", "looking", False, FIRST.rules[1:]), LAST)),
        ("rule-add", "1", (FIRST, DraftStage("Gone for good", "", True, (DraftRule("left"), DraftRule())))),
        ("stage-gone", "9", DRAFT),
        ("stage-gone", "x", DRAFT),
    ],
)
def test_a_button_changes_the_draft(action: str, target: str, after: tuple[DraftStage, ...]) -> None:
    assert edited(DRAFT, action, target) == after


def test_forged_fields_are_left_out() -> None:
    assert read({"stage.x.name": "a", "stage.0.owner": "b", "rule.0.0.stage": "c", "name": "d", "stage.0.name": 7}) == (
        DraftStage("", "", False, ()),
    )


def test_the_preview_says_of_how_many_it_speaks() -> None:
    stages = [
        {"stage": {"name": "Looking", "isExit": False}, "customers": 600, "now": 500},
        {"stage": {"name": "Gone", "isExit": True}, "customers": 100, "now": None},
    ]
    given = {"sampled": 1000, "customers": 4000, "nowhere": 300, "nowhereNow": 250, "stages": stages}
    shown = standing(Preview.model_validate(given))
    rows = [text(row) for row in by_type(by_type(shown, html.Tbody), html.Tr)]
    assert rows == ["Looking600500", "Gone (exit)100new stage", "Nowhere yet300250"]
    assert "An even draw of 1,000 of 4,000 customers." in text(by_class(shown, "card-subtitle"))
