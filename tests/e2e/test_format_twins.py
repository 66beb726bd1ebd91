"""What the browser writes in a live update equals what the server writes: `10-formats.js` against its twins in ui."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.ui.builders import Bucket, series
from ui import comparison, formats
from ui.figures.axis import value_axis
from ui.figures.sparkline import sparkline
from ui.figures.trend import axis_bucket, tick_label, time_ticks
from ui.theme import theme

SCRIPT = Path(formats.__file__).parent / "assets" / "10-formats.js"
AMOUNTS = [
    0.0,
    0.4,
    0.5,
    1,
    2.5,
    99,
    100,
    149,
    150,
    999.5,
    1234.5,
    43654600,
    1e9,
    -0.4,
    -0.5,
    -49,
    -50,
    -2500,
    -1234567,
]
MOMENTS = [
    datetime(2011, 3, 27, 0, 30, tzinfo=UTC) + timedelta(hours=hours) for hours in (0, 1, 13, 200, 2000, 5229, 9000)
]
ZONES = ["Europe/London", "Europe/Berlin", "UTC", "America/New_York"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with that one script; it needs no server."""
    page = browser.new_page()
    page.add_script_tag(path=SCRIPT)
    yield page
    page.close()


def written(page: Page, function: str, calls: list[list[Any]]) -> list[Any]:
    found: list[Any] = page.evaluate(
        "([name, calls]) => calls.map((call) => globalThis.cipFormats[name](...call))", [function, calls]
    )
    return found


def milliseconds(moment: datetime) -> float:
    return moment.timestamp() * 1000


def test_numbers(page: Page) -> None:
    assert written(page, "integer", [[value] for value in AMOUNTS]) == [formats.integer(value) for value in AMOUNTS]
    for currency in ("GBP", "EUR", "CHF"):
        calls = [[value, currency] for value in AMOUNTS]
        assert written(page, "money", calls) == [formats.money(value, currency) for value in AMOUNTS]
        assert written(page, "compact", calls) == [formats.compact(value, currency) for value in AMOUNTS]
    for unit in ("COUNT", "SECONDS", "RATE", "RATIO", "RATING", "SCORE"):
        values = [*AMOUNTS, None]
        assert written(page, "quantity", [[value, None, unit] for value in values]) == [
            formats.quantity(value, None, unit) for value in values
        ]
    spans: list[list[Any]] = [[12, 0.0731, 0.6058, "RATIO"], [1_234, 1.25, 4.0, "RATING"], [None, None, None, "COUNT"]]
    assert written(page, "interval", spans) == [formats.interval(*span) for span in spans]
    waits = [0.0, 0.4, 9.94, 9.96, 10, 59.4, 59.6, 60, 61, 605, 3599.6, 3600, 7325, 86400, 90061, 1e6]
    assert written(page, "duration", [[wait] for wait in waits]) == [formats.duration(wait) for wait in waits]
    stood: list[list[Any]] = [
        [12, 0.1, 0.6, None, "RATIO"], [1_234, None, None, 61.0, "SECONDS"], [None, None, None, None, "COUNT"],
        [7, None, None, None, "RATING"],
    ]  # fmt: skip
    assert written(page, "beside", stood) == [formats.beside(*one) for one in stood]
    shares = [value / 1000 for value in range(-3000, 3000, 7)]
    assert written(page, "percent", [[share] for share in shares]) == [formats.percent(share) for share in shares]


def test_comparisons(page: Page) -> None:
    cases: list[tuple[float | None, float | None, int, str | None, str]] = [
        (total, previous, good, money, unit)
        for total in (*AMOUNTS, None)
        for previous in (*AMOUNTS, None)
        for good in (1, 0, -1)
        for money, unit in ((None, "COUNT"), ("GBP", "MONEY"), (None, "RATIO"), (None, "SCORE"))
    ]
    found = written(page, "compare", [list(case) for case in cases])
    for case, delta in zip(cases, found, strict=True):
        ours = comparison.compare(*case)
        theirs = (delta["direction"], delta["size"], delta["tone"], delta["change"], delta["origin"], delta["icon"])
        assert theirs == (ours.direction, ours.size, ours.tone, ours.change, ours.origin, ours.icon), case


def test_sentences(page: Page) -> None:
    shown = [
        series([110], [100], slug="revenue", unit="MONEY"),
        series([3], [], slug="orders"),
        series([-5], [9], slug="events"),
        series([None], [9], slug="ratings"),
    ]
    sent = [
        {
            "name": one.metric.name,
            "good": 1,
            "currency": one.money_in,
            "total": one.total,
            "previousTotal": one.previous_total,
        }
        for one in shown
    ]
    assert written(page, "sentence", [[sent], [[]], [sent[3:]]]) == [
        comparison.sentence(shown),
        comparison.sentence([]),
        comparison.sentence(shown[3:]),
    ]


def test_axes(page: Page) -> None:
    lists: list[list[float]] = [
        [],
        [0],
        [1],
        [7],
        [9],
        [0.4],
        [58_000],
        [-700, 3200],
        [-3],
        [math.pi * 1000],
        [1e7],
        *[[float(n)] for n in range(1, 400, 3)],
    ]
    for whole in (True, False):
        found = written(page, "axis", [[values, whole] for values in lists])
        for values, axis in zip(lists, found, strict=True):
            ours = value_axis(values, whole=whole)
            assert axis["ticks"] == pytest.approx(ours.ticks), values
            assert [axis["low"], axis["high"]] == pytest.approx([ours.low, ours.high])


def test_sparklines(page: Page) -> None:
    look = theme("light")
    lists: list[list[float]] = [
        [],
        [1],
        [0, 0],
        [1, 2, 3],
        [-1, 0, 5],
        [0.1, 0.25, 0.333],
        [-2, -3],
        [float(n) for n in range(168)],
    ]
    assert written(page, "sparkline", [[values, look["c-1"]] for values in lists]) == [
        sparkline(values, look) for values in lists
    ]


def test_times(page: Page) -> None:
    for zone in ZONES:
        calls = [[milliseconds(moment), zone] for moment in MOMENTS]
        assert written(page, "dateTime", calls) == [formats.date_time(moment, zone) for moment in MOMENTS]
        assert written(page, "day", calls) == [formats.day(moment, zone) for moment in MOMENTS]
        assert written(page, "clock", calls) == [formats.clock(moment, zone) for moment in MOMENTS]
        lengths = [
            timedelta(minutes=59),
            timedelta(hours=24),
            timedelta(days=7),
            timedelta(days=30),
            timedelta(days=400),
        ]
        spans = [(moment, moment + length) for moment in MOMENTS for length in lengths]
        calls = [[milliseconds(start), milliseconds(end), zone] for start, end in spans]
        assert written(page, "span", calls) == [formats.span(start, end, zone) for start, end in spans]


def test_ticks(page: Page) -> None:
    shapes: list[tuple[Bucket, int]] = [
        ("MINUTE", 60),
        ("QUARTER_HOUR", 96),
        ("HOUR", 168),
        ("HOUR", 24),
        ("DAY", 30),
        ("DAY", 90),
        ("DAY", 1),
    ]
    for bucket, count in shapes:
        one = series([1.0] * count, bucket=bucket)
        starts = [milliseconds(each.start) for each in one.buckets]
        ticks = written(page, "timeTicks", [[starts, one.time_zone, axis_bucket(one)]])[0]
        assert ticks == [milliseconds(moment) for moment in time_ticks(one)]
        labels = written(page, "label", [[tick, one.time_zone, axis_bucket(one)] for tick in ticks])
        assert labels == [tick_label(one, moment) for moment in time_ticks(one)]
