"""The panels of one customer's page, in each of their states."""

from typing import Any, Final

import pytest
from dash import html

from tests.ui.trees import by_class, by_type, prop, text
from ui.pages.customer import actions, foretold, layout, panels
from ui.pages.customer.data import Cursors, Customer, CustomerAnswer
from ui.pages.customer.happened import rows
from ui.pages.customer.timeline import step

NOW: Final = "2026-03-18T12:30:00+00:00"
NO_PAGE: Final = {"edges": [], "pageInfo": {"hasNextPage": False, "hasPreviousPage": False}}
ALIKE: Final = {"n": 129, "observed": 110, "observedRate": 0.853, "observedLow": 0.78, "observedHigh": 0.91}
SILENT: Final[dict[str, Any]] = {
    "asOf": None, "probability": None, "value": None, "historicValue": None, "expectedPurchases": None,
    "interval": None, "base": None, "reasons": [], "calibration": None, "dataNeed": None, "model": None,
}  # fmt: skip


def prediction(kind: str, days: int = 30, **changes: Any) -> dict[str, Any]:
    return {"kind": kind, "horizonDays": days, "status": "MODEL", **SILENT, "asOf": NOW} | changes


def unknown(kind: str, days: int = 30, need: int = 50, have: int = 19) -> dict[str, Any]:
    wanted = {"what": "customers who gave notice", "need": need, "have": have}
    return prediction(kind, days, status="INSUFFICIENT_DATA", asOf=None, dataNeed=wanted)


def action(code: str = "retention", **changes: Any) -> dict[str, Any]:
    whole = {
        "action": {"code": code, "name": code.capitalize(), "channel": "email", "outcome": "ORDER"},
        "probability": 0.14, "explanation": "No model speaks of it.", "block": None, "recommended": False,
        "expectedValue": {"amount": 99_396, "currency": "GBP"},
    }  # fmt: skip
    return whole | changes


def answer(role: str = "ANALYST", **changes: Any) -> CustomerAnswer:
    customer = {
        "id": "c/1", "externalId": "12348", "name": "Ada", "firstSeenAt": NOW, "orderCount": 1,
        "totalSpent": {"amount": 1, "currency": "GBP"}, "orders": NO_PAGE, "events": NO_PAGE, "conversations": NO_PAGE,
    }  # fmt: skip
    home = {"timeZone": "Europe/London", "name": "Acme"}
    return CustomerAnswer.model_validate({"me": {"role": role}, "tenant": home, "customer": customer | changes})


def customer(**changes: Any) -> Customer:
    found = answer(**changes).customer
    assert found is not None
    return found


def shown(role: str = "ANALYST", **changes: Any) -> html.Section:
    whole = answer(role, **changes)
    assert whole.customer is not None
    return actions.next_best_actions(whole, whole.customer)


def test_rfm_shows_its_label_and_three_scores() -> None:
    scores = {"label": "cannot_lose_them", "recency": 2, "frequency": 4, "monetary": 5, "asOf": NOW}
    card = panels.rfm(customer(rfm=scores), "Europe/London")
    assert text(by_class(card, "big-label")) == "Cannot lose them"
    assert [text(row) for row in by_type(card, html.Dd)] == ["2 of 5", "4 of 5", "5 of 5"]
    assert len(by_class(card, "tick-full")) == 11
    assert "As of 18 Mar 2026, 12:30" in text(card)


def test_a_prospect_has_no_scores_and_without_a_version_that_is_said() -> None:
    prospect = {"label": "prospect", "recency": None, "frequency": None, "monetary": None, "asOf": NOW}
    card = panels.rfm(customer(rfm=prospect), "UTC")
    assert "No purchase yet" in text(card)
    assert by_type(card, html.Dd) == []
    assert "No RFM version yet" in text(panels.rfm(customer(), "UTC"))


def test_each_segment_leads_to_its_page_and_asks_why() -> None:
    found = [{"segmentId": "s=1", "name": "at_risk", "kind": "KMEANS", "since": NOW}]
    card = panels.segments(customer(segments=found), "UTC")
    assert "At risk" in text(card)
    assert "K-means · since 18 Mar 2026" in text(card)
    [button] = by_type(card, html.Button)
    assert prop(button, "id") == {"type": "customer-why", "segment": "s=1"}
    assert prop(button, "aria-label") == "Why is Ada in At risk?"
    assert "/segments?method=kmeans&segment=s%3D1" in str(card)
    assert "In no segment" in text(panels.segments(customer(), "UTC"))


@pytest.mark.parametrize(
    ("offered", "days"),
    [
        ([unknown("CHURN", 30), prediction("CHURN", 60), prediction("CHURN", 180)], 60),
        ([prediction("CHURN", 60), prediction("CHURN", 30)], 30),
        ([unknown("CHURN", 90), unknown("CHURN", 30)], 30),
        ([prediction("CHURN", 53), prediction("CHURN", 7)], 7),
    ],
)
def test_the_horizon_nearest_to_30_days_that_has_an_answer_is_shown(offered: list[dict[str, Any]], days: int) -> None:
    chosen = foretold.shown(customer(predictions=offered).predictions)
    assert chosen is not None
    assert chosen.horizon_days == days


def test_a_probability_comes_with_its_interval_what_became_of_others_and_the_strongest_reasons() -> None:
    features = ("days_since_last_purchase", "mean_value", "purchase_days", "recent_purchases")
    reasons = [{"feature": name, "value": 3.0, "contribution": (-1) ** at * 0.4} for at, name in enumerate(features)]
    one = prediction(
        "CHURN", probability=0.82, interval={"low": 0.78, "high": 0.91}, base=0.1, reasons=reasons, calibration=ALIKE,
        model={"method": "contracts"},
    )  # fmt: skip
    card = foretold.predictions(customer(predictions=[one]), "UTC")
    words = text(card)
    assert "82%chance of giving notice in the next 30 days" in words
    assert "90% interval 78–91%" in words
    assert "Of 129 past customers with a like score it happened to 110: 85%" in words
    assert [text(row) for row in by_type(by_class(card, "panel-reasons"), html.Li)] == [
        "raises: Days since the last order: 3",
        "lowers: Mean value of an order day: £0",
        "raises: Days with an order: 3",
    ]
    assert "/predictive?kind=churn&days=30&customer=c%2F1" in str(card)


def test_a_value_is_money_and_a_baseline_says_so() -> None:
    money = {"amount": 208_400}
    one = prediction(
        "CLV", value=money, historicValue=money, interval={"low": 0, "high": 1_253_000}, status="BASELINE",
        model={"method": "value"},
    )  # fmt: skip
    words = text(foretold.predictions(customer(predictions=[one]), "UTC"))
    assert "£2,084to come in 30 days" in words
    assert "90% interval £0–£12,530" in words
    assert "£2,084 brought so far" in words
    assert "The baseline: no model beat it clearly." in words


def test_too_little_data_says_what_is_needed_and_shows_no_figure() -> None:
    card = foretold.predictions(customer(predictions=[unknown("CHURN")]), "UTC")
    assert "Needs 50 customers who gave notice" in text(card)
    assert "19 of 50, 31 to go" in text(card)
    assert by_class(card, "big-figure") == []
    assert by_class(card, "card-foot") == []


def test_the_journey_shows_the_stage_and_the_next_ones() -> None:
    stage = {"key": "purchase", "name": "Purchase"}
    chance = {"stage": {"key": "lost", "name": "Lost"}, "low": 0.01, "high": 0.05, "n": 177}
    chances = [{**chance, "horizonDays": days, "probability": 0.02} for days in (7, 30)]
    way = {"since": NOW, "stage": stage, "nextStage": {"shortage": None, "chances": chances}}
    card = panels.journey(customer(journey=way), "UTC")
    assert text(by_class(card, "big-label")) == "Purchase"
    assert "in this stage since 18 Mar 2026" in text(card)
    assert [text(cell) for cell in by_type(card, html.Td)] == ["2%1–5%", "2%1–5%", "–"]
    short = {**way, "nextStage": {"shortage": {"need": 30, "have": 4}, "chances": []}}
    assert "4 of 30 customers were ever in this stage" in text(panels.journey(customer(journey=short), "UTC"))
    nowhere = {"since": None, "stage": None, "nextStage": None}
    assert "In no stage yet" in text(panels.journey(customer(journey=nowhere), "UTC"))


def test_an_action_shows_what_it_is_expected_to_bring_and_its_source() -> None:
    card = shown(nextBestActions=[action(recommended=True), action("upsell", block="COOL_DOWN")])
    assert "RetentionRecommended" in text(card)
    assert "by email · 14% chance of an order within 30 daysNo model speaks of it." in text(card)
    assert "£993.96expected" in text(card)
    assert "1 blocked, and whyUpsellaccepted not long ago" in text(card)


@pytest.mark.parametrize(("role", "buttons"), [("VIEWER", []), ("ANALYST", ["Accept", "Dismiss"])])
def test_buttons_are_for_those_who_may_decide(role: str, buttons: list[str]) -> None:
    card = shown(role, nextBestActions=[action()])
    assert [text(one) for one in by_type(card, html.Button)] == buttons


def test_when_nothing_is_open_the_reason_is_said() -> None:
    held_out = shown(nextBestActions=[action(block="HELD_OUT")])
    assert "This customer is held out" in text(held_out)
    blocked = shown(nextBestActions=[action(block="INSUFFICIENT_DATA", probability=None, expectedValue=None)])
    assert "Nothing to propose now" in text(blocked)
    assert "too little data to tell what it may bring" in text(blocked)
    assert by_type(blocked, html.Button) == []


def test_what_became_of_a_decision_stands_above_the_list() -> None:
    whole = answer(nextBestActions=[action()])
    assert whole.customer is not None
    assert text(actions.listed(whole, whole.customer, actions.accepted("Upsell"))).startswith("Accepted: Upsell.")


def test_the_timeline_tells_of_stages_decisions_and_predictions_in_words() -> None:
    ends = {"hasNextPage": False, "hasPreviousPage": False}
    way: list[dict[str, Any]] = [
        {"stage": "evaluation", "enteredAt": "2026-03-16T10:00:00Z", "leftAt": None},
        {"stage": "gone", "enteredAt": "2026-03-15T10:00:00Z", "leftAt": "2026-03-16T10:00:00Z"},
    ]
    steps = {"edges": [{"cursor": one["stage"], "node": one} for one in way], "pageInfo": ends}
    decided = {
        "id": "d", "action": "cross_sell", "decided": "DISMISS", "decidedAt": "2026-03-17T09:00:00Z",
        "decidedBy": "analyst", "probability": 0.14, "expectedValue": {"amount": 1_250, "currency": "GBP"},
    }  # fmt: skip
    scores = [
        {"kind": "CHURN", "horizonDays": 30, "status": "MODEL", "asOf": NOW, "probability": 0.82, "value": None},
        {"kind": "CLV", "horizonDays": 30, "status": "MODEL", "asOf": NOW, "probability": None, "value": {"amount": 9}},
    ]
    whole = answer(scores=scores, journey={"timeline": steps}).model_dump(by_alias=True) | {
        "journeyDefinition": {"stages": [{"key": "evaluation", "name": "Trying it"}]},
        "actionCatalogue": {"actions": [{"code": "cross_sell", "name": "Cross-sell"}]},
        "actionDecisions": {"edges": [{"cursor": "d", "node": decided}], "pageInfo": ends},
    }
    found = CustomerAnswer.model_validate(whole)
    assert [text(row) for row in rows(step(found, Cursors()).entries, found)] == [
        "Predictions worked outchurn in 30 days 82% · value in 30 days £018 Mar 2026, 12:30",
        "Cross-sell dismissedby analyst · 14% chance£12.50 expected17 Mar 2026, 09:00",
        "Entered Trying itStill in this stage16 Mar 2026, 10:00",
        "Entered GoneLeft it on 16 Mar 202615 Mar 2026, 10:00",
    ]


def test_consents_are_told_with_their_day_and_silence_is_named() -> None:
    said = [
        {"purpose": "MARKETING", "granted": True, "saidAt": NOW},
        {"purpose": "PHONE", "granted": False, "saidAt": NOW},
    ]
    told = layout.consents(customer(consents=said), "UTC")
    assert told == "Consent: Marketing agreed on 18 Mar 2026 · Phone refused on 18 Mar 2026"
    assert layout.consents(customer(), "UTC") == "Consent: nothing said yet"
