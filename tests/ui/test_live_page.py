"""The Live Metrics page, without a browser."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from dash import html

from tests.ui.builders import series
from tests.ui.trees import by_class, prop, text, walk
from ui.components.choices import chip, pager, segments, text_filter
from ui.pages.live import layout
from ui.pages.live.data import LiveAnswer, OpenConversations
from ui.pages.live.query import LiveQuery, parse
from ui.pages.realtime.data import EventPage
from ui.records import MetricFigure, MetricPart, MetricSeries, TotalCount
from ui.theme import theme

LIGHT = theme("light")
NOON = datetime(2011, 8, 3, 12, tzinfo=UTC)


def taken(slug: str, value: float | None, figure: MetricFigure, unit: str = "SECONDS") -> MetricSeries:
    one = series([value, None], [None], slug=slug)
    metric = one.metric.model_copy(update={"unit": unit, "aggregation": "QUANTILE"})
    return one.model_copy(update={"metric": metric, "total": value, "previous_total": None, "figure": figure})


def answer(*, opened: float = 2, ever: float = 2, now: int = 1) -> LiveAnswer:
    waited = MetricFigure(n=3, parts=[MetricPart(name="p95", value=600)])
    return LiveAnswer(
        open=OpenConversations(count=now, oldest_opened_at=NOON if now else None, as_of=NOON),
        newest=EventPage(nodes=[], total_count=TotalCount(value=0, precision="EXACT")),
        conversations=series([opened], [0], slug="conversations"),
        response_time=taken("response_time", 90, waited),
        satisfaction_score=taken("satisfaction_score", None, MetricFigure(absent="No rating was given."), "RATING"),
        conversions=series([1], [2], slug="conversions"),
        ever={"total": ever},  # type: ignore[arg-type]
    )


def test_the_cards_say_how_many_are_open_p95_and_from_how_many() -> None:
    cards = layout.kpis(answer(), LIGHT)
    assert [text(by_class(card, "kpi-value")) for card in cards] == ["1", "2", "1 min 30 s", "No data", "1"]
    assert "Open; the oldest since 3 Aug 2011, 13:00" in text(cards[0])
    assert "p95 10 min · n 3" in text(cards[2])
    assert "No rating was given." in text(cards[3])


def test_a_line_is_drawn_over_no_gaps() -> None:
    lines = [prop(one, "id") for card in layout.kpis(answer(), LIGHT) for one in by_class(card, "kpi-line")]
    assert lines == ["kpi-conversations-line", "kpi-conversions-line"]


def test_without_any_conversation_none_is_counted_as_zero() -> None:
    nothing = answer(opened=0, ever=0, now=0)
    cards = layout.kpis(nothing, LIGHT)
    assert [text(by_class(card, "kpi-value")) for card in cards] == ["1", "", ""]
    assert "0 received" in text(cards[1])


@pytest.mark.parametrize("ever", [0, 2])
def test_what_the_newest_answer_writes_to_is_there_with_and_without_conversations(ever: float) -> None:
    ids = {prop(part, "id") for card in layout.kpis(answer(ever=ever), LIGHT) for part in walk(card)}
    assert {"kpi-open-value", "kpi-open-note"} <= ids


def test_without_any_conversation_none_is_followed() -> None:
    nothing = answer(opened=0, ever=0, now=0)
    settings = json.loads(layout.live_settings(nothing, LiveQuery("24h"), "1"))
    assert (settings["shown"], list(settings["series"])) == (["conversions"], ["conversions"])


def test_what_is_followed_is_what_was_asked_for() -> None:
    settings = json.loads(layout.live_settings(answer(), LiveQuery("24h"), "1"))
    assert (settings["page"], settings["range"]["preset"], settings["bucket"]) == ("metrics", "LAST_24_HOURS", "HOUR")
    assert settings["shown"] == ["conversations", "response_time", "conversions"]
    assert settings["series"]["response_time"]["acts"] == "REPLY"


def test_a_metric_without_a_value_has_its_reason_in_the_place_of_its_trend() -> None:
    card = layout.trends_card(answer(), LiveQuery("24h"), LIGHT)
    assert [text(one) for one in by_class(card, "multiple-missing")] == ["No rating was given."]
    assert len([one for one in walk(card) if prop(one, "role") == "figure"]) == 3


@pytest.mark.parametrize("forged", [None, {}, {"range": "1y"}, {"range": ["1h"]}, {"range": "LAST_HOUR"}])
def test_a_forged_range_falls_back(forged: dict[str, object] | None) -> None:
    assert parse(forged) == LiveQuery("24h")


@pytest.mark.parametrize(
    ("days", "bucket"), [("2026-03-01..2026-03-07", "HOUR"), ("2026-03-01..2026-03-08", "DAY"), ("7d", "HOUR")]
)
def test_days_of_ones_own_are_asked_for_by_the_hour_up_to_a_week(days: str, bucket: str) -> None:
    query = parse({"range": days})
    first, _, last = days.partition("..")
    assert query.range == ({"firstDay": first, "lastDay": last} if last else {"preset": "LAST_7_DAYS"})
    assert query.bucket == bucket


def test_days_that_are_over_are_called_so_and_not_followed() -> None:
    asked = LiveQuery("2011-08-01..2011-08-02")
    series = answer().conversations
    over = series.model_copy(update={"as_of": series.range_end + timedelta(days=1)})
    assert "the range ends before" in text(html.P(layout.as_of(over)))
    page = layout.page(asked)
    assert text(by_class(page, "range-chosen")).endswith("1 Aug 2011 – 2 Aug 2011")


def test_choices_say_what_they_put_into_the_address() -> None:
    buttons = by_class(segments("Range", "range", {"1h": "1 hour", "7d": "7 days"}, "7d", "1h"), "choice")
    assert [(prop(one, "data-query-value"), prop(one, "aria-pressed")) for one in buttons] == [
        ("1h", "false"),
        ("7d", "true"),
    ]
    assert prop(chip("Orders 2", ["ordersGte", "ordersLte"]), "data-query-clear") == "ordersGte,ordersLte"
    field = text_filter("Spent", "spentGte", "2020", "100", scale=100)
    assert [prop(one, "value") for one in walk(field) if prop(one, "placeholder")] == ["20.2"]
    steps = by_class(pager("a", "z", has_previous=False, has_next=True, text=""), "button")
    assert [(prop(one, "disabled"), prop(one, "data-query-to")) for one in steps] == [(True, ""), (False, "z")]
