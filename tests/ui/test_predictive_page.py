"""Predictive Insights: its address, its figures, its sentences and its cards."""

import json
import math
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from tests.ui.trees import prop, text, walk
from ui.figures.predictions import Step, folded, reasons_figure
from ui.pages.predictive import cards, words
from ui.pages.predictive.callbacks import from_address
from ui.pages.predictive.data import Drift, PredictiveAnswer
from ui.pages.predictive.query import PredictiveQuery, parse
from ui.pages.predictive.versions import drifted
from ui.theme import themes

NOW: Final = datetime(2026, 3, 18, 12, 30, tzinfo=UTC).isoformat()
LIGHT: Final = themes()["light"]
ALIKE: Final = {"n": 129, "observed": 110, "observedRate": 0.853, "observedLow": 0.78, "observedHigh": 0.91}
MODEL: Final = {
    "id": "v1", "number": 3, "state": "CURRENT", "method": "purchases", "champion": "logistic",
    "baseline": "best single feature", "isBaseline": False,
    "n": 7_546, "dataUntil": "2026-03-17", "cardHash": "ab" * 32, "createdAt": NOW,
    "createdBy": "user:analyst", "drift": {"state": "STABLE", "estimate": {"psi": 0.02}, "features": []},
}  # fmt: skip
CANDIDATE: Final = {"auc": 0.8, "calibrationError": 0.021, "noiseFloor": 0.03, "margin": 0.014, "marginError": 0.004}


def answer(**changes: Any) -> PredictiveAnswer:
    reasons = [
        {"feature": "days_since_last_purchase", "value": 34.0, "contribution": 0.9},
        {"feature": "mean_value", "value": 112_000.0, "contribution": -0.4},
        {"feature": "purchase_days", "value": 2.0, "contribution": 0.01},
    ]
    foretold = {
        "status": "MODEL", "asOf": NOW, "probability": 1 / (1 + math.exp(-1.51)), "value": None, "historicValue": None,
        "expectedPurchases": None, "interval": {"low": 0.78, "high": 0.91}, "base": 1.0, "reasons": reasons,
        "calibration": ALIKE, "dataNeed": None, "customer": {"id": "c1", "name": "Customer 12348"},
    }  # fmt: skip
    model = {
        **MODEL, "backtest": [], "valueError": None, "calibration": [{**ALIKE, "low": 0.7, "high": 0.9, "mean": 0.84}],
        "candidates": [
            {"name": "logistic", "brier": 0.149, **CANDIDATE},
            {"name": "best single feature", "brier": 0.163, **CANDIDATE},
        ],
    }  # fmt: skip
    whole: dict[str, Any] = {
        "me": {"role": "ANALYST"},
        "tenant": {"timeZone": "Europe/London", "name": "Acme", "currency": "GBP", "synthetic": False,
                   "now": "2026-03-18T12:00:00Z"},
        "summary": {
            "status": "MODEL", "customers": 1_230, "asOf": NOW, "meanProbability": 0.7, "expectedPurchases": None,
            "dataNeed": None, "meanValue": None, "totalValue": None, "historicValue": None, "totalInterval": None,
            "distribution": [{"low": 0.0, "high": 0.5, "n": 30}, {"low": 0.5, "high": 1.0, "n": 1_200}], "model": model,
        },
        "predictions": {
            "totalCount": {"value": 1_230, "precision": "EXACT"},
            "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "startCursor": "a", "endCursor": "b"},
            "nodes": [foretold],
        },
        "versions": {"nodes": [MODEL, {**MODEL, "id": "v0", "number": 2, "state": "RETIRED"}]},
        "trainings": {"nodes": []},
    }  # fmt: skip
    return PredictiveAnswer.model_validate(whole | changes)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, PredictiveQuery("churn", 30)),
        ({"kind": "value", "days": "90", "customer": "abc"}, PredictiveQuery("value", 90, "abc")),
        ({"kind": "nonsense", "days": "31"}, PredictiveQuery("churn", 30)),
        ({"kind": "conversion", "days": "180", "customer": "x" * 500}, PredictiveQuery("conversion", 30)),
        ({"days": "-30", "after": "one", "before": "two"}, PredictiveQuery("churn", 30, after="one")),
    ],
)
def test_an_address_becomes_a_query_and_what_is_forged_falls_back(
    given: dict[str, str], expected: PredictiveQuery
) -> None:
    assert parse(**given) == expected
    assert from_address(expected.href()) == expected


def test_reasons_are_drawn_so_that_they_add_up_to_the_score() -> None:
    steps = [Step("one", 0.9), Step("two", -0.4), Step("three", 0.02), Step("four", -0.03)]
    assert [one.label for one in folded(steps)] == ["one", "two", "2 smaller reasons"]
    bars, ends = reasons_figure(1.0, steps, LIGHT)["data"]
    assert bars["base"][-1] + bars["x"][-1] == pytest.approx(1.49, abs=1e-9)
    assert ends["x"] == [1.0, pytest.approx(1.49, abs=1e-9)]
    assert ends["text"] == ["73%", "<b>82%</b>"]


def twin(name: str) -> Any:
    """The rows of a chart of the page."""
    tree = cards.body(PredictiveQuery(), answer(), LIGHT)
    [card] = [one for one in walk(tree) if prop(one, "data-chart") == name]
    return json.loads(next(found for one in walk(card) if (found := prop(one, "data-twin"))))


def test_the_page_says_how_sure_it_is_and_on_what_it_rests() -> None:
    shown = text(cards.body(PredictiveQuery(), answer(), LIGHT))
    assert "Logistic beats the baseline (best single feature) by 0.0140 ± 0.0080 squared error." in shown
    assert "82%" in shown
    assert "78–91%" in shown
    assert "Days since the last order: 34" in shown
    assert "Of 129 past customers with a like score it happened to 110: 85% (90% interval 78–91%)." in shown
    assert "Sum: +1.00 +0.51 = +1.51 log-odds = 82%." in shown
    assert "Calibration error 0.021; perfect probabilities would show 0.030 by chance." in shown
    assert "Mean value of an order day: £1,120" in json.dumps(twin("reasons"), ensure_ascii=False)
    assert "1,230 customers" in shown


def test_too_little_data_is_shown_with_what_is_needed_and_what_is_there() -> None:
    summary = answer().summary.model_dump(by_alias=True) | {
        "model": None, "status": "INSUFFICIENT_DATA", "dataNeed": {"what": "days of history", "need": 270, "have": 242},
    }  # fmt: skip
    shown = text(cards.body(PredictiveQuery(days=90), answer(summary=summary), LIGHT))
    assert "This needs 270 days of history, so that what is shown can be tested on the past." in shown
    assert "242 of 270, 28 to go" in shown
    assert "In use" in shown


def test_only_those_who_may_train_see_the_controls() -> None:
    analyst = text(cards.body(PredictiveQuery(), answer(), LIGHT))
    viewer = text(cards.body(PredictiveQuery(), answer(me={"role": "VIEWER"}), LIGHT))
    for control in ("Train churn in 30 d", "Train again and compare", "Roll back to it"):
        assert control in analyst
        assert control not in viewer
    assert "Training needs scoring:manage (analyst or admin)." in viewer
    assert "Card" in viewer


def test_a_baseline_is_called_one() -> None:
    summary = answer().summary.model_dump(by_alias=True)
    summary["model"] |= {"isBaseline": True, "champion": "best single feature"}
    found = answer(summary=summary)
    assert found.summary.model is not None
    assert words.verdict(found.summary.model)[2] == "Baseline"
    shown = text(cards.body(PredictiveQuery(), found, LIGHT))
    assert "No. No candidate beats the baseline by two standard errors, so the baseline is shown." in shown


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        ({}, "No drift since it was trained: scores PSI 0.02."),
        (
            {"state": "DRIFTED", "features": [{"name": "days_as_customer", "psi": 0.4, "state": "DRIFTED"}]},
            "It has drifted since it was trained: scores PSI 0.02; days as customer 0.40.",
        ),
        ({"state": "INSUFFICIENT_DATA", "estimate": None}, "Drift is not measured yet."),
    ],
)
def test_a_version_says_how_far_its_customers_have_moved(drift: dict[str, Any], words: str) -> None:
    found = Drift.model_validate({"state": "STABLE", "estimate": {"psi": 0.02}, "features": [], **drift})
    assert drifted(found) == words
