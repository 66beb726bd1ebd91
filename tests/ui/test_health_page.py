"""The System Health page's sentences, lines and cards."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from graphql import build_schema, parse, validate

from tests.ui.test_operations import ROOT
from tests.ui.trees import text
from ui.figures.health_line import health_line
from ui.pages.health import cards, words
from ui.pages.health.data import Check, SystemHealth, subscription
from ui.theme import themes

NOW = datetime(2026, 3, 18, 12, 30, 22, tzinfo=UTC)
LIMITS = {"API_LATENCY": 250, "API_ERRORS": 1, "POSTGRES_LATENCY": 50, "REDIS_LATENCY": 10, "STREAM_LAG": 10}


def check(
    measure: str, *, state: str = "OK", now: float | None = 1.0, over: int = 0, silent: int = 0
) -> dict[str, Any]:
    return {
        "measure": measure,
        "state": state,
        "now": now,
        "highest": now,
        "limit": LIMITS[measure],
        "overSeconds": over,
        "unansweredSeconds": silent,
        "values": [now, None, now],
        "unanswered": [1] if silent else [],
    }


def health(**changes: Any) -> SystemHealth:
    checks = {measure: check(measure) for measure in LIMITS} | changes.pop("checks", {})
    whole: dict[str, Any] = {
        "asOf": NOW,
        "checksBegin": NOW - timedelta(minutes=10),
        "checksStepSeconds": 5,
        "checks": list(checks.values()),
        "incidents": [],
        "postgres": {"state": "ANSWERS", "version": "18.6", "migration": "0007"},
        "redis": {"state": "ANSWERS", "version": "Valkey 9.1.2", "carriesLiveUpdates": True},
        "api": {"operations": 0, "failed": 0, "perSecond": 0, "p50Ms": None, "p95Ms": None, "p99Ms": None},
        "streams": [
            {"topic": "customer_metrics", "lagSeconds": 0, "waiting": 2, "oldestWaitingSeconds": 75.0, "deadLetters": 1}
        ],
        "jobs": {"queued": 1, "running": 0, "failed": 2, "oldestQueuedSeconds": 61.0},
        "cache": {"l1HitRate": None, "l2HitRate": 0.91},
        "freshness": {"newestEventReceivedAt": None, "oldestWaitingSeconds": None, "consumers": [], "models": []},
        "processes": [],
        "installation": None,
        "absent": [{"figure": "freshness.models", "reason": "NOTHING_YET", "message": "No models."}],
    }
    return SystemHealth.model_validate(whole | changes)


def process(**changes: Any) -> dict[str, Any]:
    whole = {"role": "web", "state": "RUNNING", "answers": True, "startedAt": NOW, "seenAt": NOW, "doing": ["hub"]}
    return whole | {"stopped": [], "figures": None} | changes


def redis(**changes: Any) -> dict[str, Any]:
    return {"checks": {"REDIS_LATENCY": check("REDIS_LATENCY", **changes)}}


@pytest.mark.parametrize(
    ("changes", "tone", "now", "earlier"),
    [
        ({}, "good", "All 5 measured parts are within their limits now.", ""),
        (redis(state="NO_DATA", now=None), "good", "All 4 measured parts are within their limits now.", ""),
        (
            redis(silent=35, over=5),
            "good",
            "All 5 measured parts are within their limits now.",
            "In the last 10 minutes: Redis did not answer for 35 s; Redis was over the limit for 5 s.",
        ),
        (redis(state="NO_ANSWER", now=None, silent=35), "bad", "Redis does not answer.", ""),
        (redis(state="OVER_LIMIT", now=12.5), "warn", "Redis is over its limit: 12.5 ms, limit 10 ms.", ""),
        ({"processes": [process(stopped=["hub"])]}, "bad", "The background task hub has stopped.", ""),
        ({"processes": [process(state="SILENT")]}, "warn", "1 process does not report any more.", ""),
    ],
)
def test_one_sentence_says_how_it_stands(changes: dict[str, Any], tone: str, now: str, earlier: str) -> None:
    assert words.summary(health(**changes)) == (tone, now, earlier)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (0.4, "0.4 s"),
        (59, "59 s"),
        (60, "1 min"),
        (75, "1 min 15 s"),
        (7_500, "2 h 05 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, written: str) -> None:
    assert words.duration(seconds) == written


@pytest.mark.parametrize(("count", "written"), [(900, "900 B"), (8_073_216, "7.7 MB"), (3 * 1024**4, "3.0 TB")])
def test_a_size_is_binary_with_one_decimal(count: int, written: str) -> None:
    assert words.size(count) == written


def test_a_line_shows_silence_as_a_band_and_what_is_over_the_limit_as_squares() -> None:
    for look in themes().values():
        svg = unquote(health_line([1.0, 2.0, None, None, 30.0, 1.0], [2, 3], 10.0, look))
        assert svg.count("<polyline") == 2
        assert svg.count(f'fill="{look["c-bad"]}" fill-opacity') == 1
        assert svg.count(f'fill="{look["c-bad"]}"/>') == 1
    quiet = unquote(health_line([None, None], [], 10.0, themes()["light"]))
    assert "polyline" not in quiet
    assert "stroke-dasharray" in quiet


def page(given: SystemHealth) -> str:
    return " ".join(text(one) for one in cards.body(given, themes()["light"]))


def test_the_page_shows_what_was_measured_and_what_is_missing() -> None:
    shown = page(health())
    for part in (
        "customer_metrics",
        "1 min 15 s",
        "1 queued, oldest 1 min 01 s",
        "no look-up yet, 91.0%",
        "No models.",
    ):
        assert part in shown
    assert "Capacity" not in shown
    assert "Nothing changed its state." in shown


def test_what_does_not_answer_has_no_figure() -> None:
    away = {"state": "UNREACHABLE", "version": None, "migration": None}
    stream = {"topic": "x", "lagSeconds": None, "waiting": None, "oldestWaitingSeconds": None, "deadLetters": None}
    missing = [{"figure": "processes", "reason": "UNREACHABLE", "message": "No heartbeats."}]
    shown = page(
        health(
            postgres=away, jobs=None, freshness=None, processes=None, streams=[stream], absent=missing,
            checks={"POSTGRES_LATENCY": check("POSTGRES_LATENCY", state="NO_ANSWER", now=None)},
        )
    )  # fmt: skip
    assert "No heartbeats." in shown
    assert "Postgres does not answer" in shown
    assert "queued" not in shown


def test_admins_see_the_installation_with_its_reasons() -> None:
    installation = {
        "pool": {"size": 10, "inUse": 10, "overflow": 2, "waiting": 3},
        "postgres": {"sizeBytes": 8_073_216, "connections": 2, "maximumConnections": 60, "bufferHitRate": 0.996},
        "redis": None,
        "streams": None,
        "slowStatements": None,
    }
    absent = [{"figure": "installation.slowStatements", "reason": "NOT_INSTALLED", "message": "Not installed."}]
    shown = page(health(installation=installation, absent=absent))
    for part in ("10 of 10, 3 waiting", "2 of 60", "7.7 MB", "99.6%", "Not installed."):
        assert part in shown
    slow = [{"text": "SELECT $1", "calls": 2376, "meanMs": 0.01, "highestMs": 120.4}]
    shown = page(health(installation=installation | {"slowStatements": slow}))
    for part in ("SELECT $1", "2,376", "0.01 ms", "120 ms"):
        assert part in shown


def test_the_subscription_asks_for_the_very_fields_of_the_query() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
    assert subscription().startswith("subscription SystemHealth {")
    assert [error.message for error in validate(schema, parse(subscription()))] == []


def test_a_check_without_a_value_is_no_zero() -> None:
    one = Check.model_validate(check("REDIS_LATENCY", state="NO_DATA", now=None))
    assert words.figure(one.now) == "–"
    assert words.limit_line(one) == "limit 10 ms"


def test_a_model_in_use_says_when_it_last_scored() -> None:
    model = {"kind": "CLV", "horizonDays": 60, "version": 2, "inUseSince": NOW - timedelta(days=2)}
    models = [
        {**model, "lastScoredAt": NOW - timedelta(hours=1), "drift": "DRIFTED"},
        {**model, "kind": "CHURN", "lastScoredAt": None, "drift": "INSUFFICIENT_DATA"},
    ]
    fresh = {"newestEventReceivedAt": None, "oldestWaitingSeconds": None, "consumers": [], "models": models}
    shown = text(cards.body(health(freshness=fresh), themes()["light"]))
    assert "Value, 60 days, version 2since 2 d 0 h ago, scored 1 h 00 min ago, has drifted: train it again" in shown
    assert "Churn, 60 days, version 2since 2 d 0 h ago, not scored yet, drift not measured" in shown
