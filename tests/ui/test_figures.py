import json
import re
from typing import Any
from urllib.parse import unquote

import plotly.graph_objects as go  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.builders import Bucket, series
from ui.figures.axis import value_axis
from ui.figures.sparkline import sparkline
from ui.figures.trend import CURRENT, GHOST, UNFINISHED, drill_of, tick_label, time_ticks, trend_figure
from ui.records import MetricSeries
from ui.theme import Theme, themes

COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")
THEMES = list(themes().values())


@pytest.mark.parametrize("look", THEMES, ids=lambda look: str(look.name))
def test_every_colour_of_a_figure_is_a_token_of_its_theme(look: Theme) -> None:
    figure = json.dumps(trend_figure(series(unit="MONEY"), look)) + unquote(sparkline([1, 2], look))
    used = set(COLOUR.findall(figure))
    assert used
    assert used <= set(look.tokens.values())


def drawn(one: MetricSeries, look: Theme = THEMES[0]) -> Any:
    """The figure as Plotly's own classes, which refuse a property that does not exist."""
    return go.Figure(trend_figure(one, look))


def test_money_is_drawn_in_whole_units() -> None:
    figure = drawn(series([12345], [200], unit="MONEY"))
    assert list(figure.data[CURRENT].y) == [123.45]
    assert list(figure.data[GHOST].y) == [2.0]
    assert figure.layout.yaxis.ticktext[0] == "£0"


def test_the_previous_period_is_moved_onto_the_current_one() -> None:
    figure = drawn(series([1, 2, 3], [9, 9]))
    assert (
        list(figure.data[GHOST].x) == list(figure.data[CURRENT].x)[:2] == ["2011-08-02T00:00:00", "2011-08-03T00:00:00"]
    )


def test_only_the_unfinished_bucket_is_marked() -> None:
    open_series = series([1, 2, 3])
    assert list(drawn(open_series).data[UNFINISHED].y) == [3]
    closed = open_series.model_copy(update={"as_of": open_series.range_end})
    assert list(drawn(closed).data[UNFINISHED].y) == []


@pytest.mark.parametrize(
    ("bucket", "count", "labels"),
    [
        ("MINUTE", 60, ["00:00", "00:15", "00:30", "00:44", "00:59"]),
        ("HOUR", 24, ["00:00", "06:00", "12:00", "17:00", "23:00"]),
        ("HOUR", 168, ["2 Aug", "4 Aug", "6 Aug", "8 Aug"]),
        ("DAY", 30, ["2 Aug", "9 Aug", "17 Aug", "24 Aug", "31 Aug"]),
        ("DAY", 1, ["2 Aug"]),
    ],
)
def test_four_or_five_times_are_labelled(bucket: Bucket, count: int, labels: list[str]) -> None:
    one = series([1.0] * count, bucket=bucket)
    assert [tick_label(one, moment) for moment in time_ticks(one)] == labels


@pytest.mark.parametrize(
    ("values", "whole", "ticks"),
    [
        ([], True, (0, 1)),
        ([0, 0], True, (0, 1)),
        ([1], True, (0, 1)),
        ([7], True, (0, 2, 4, 6, 8)),
        ([9], True, (0, 5, 10)),
        ([0.4], False, (0, 0.1, 0.2, 0.3, 0.4)),
        ([58_000], True, (0, 20_000, 40_000, 60_000)),
        ([-700, 3200], False, (-1000, 0, 1000, 2000, 3000, 4000)),
    ],
)
def test_axis_ticks_are_few_and_round(values: list[float], whole: bool, ticks: tuple[float, ...]) -> None:
    assert value_axis(values, whole=whole).ticks == pytest.approx(ticks)


@given(st.lists(st.floats(-1e9, 1e9).map(lambda value: round(value, 2)), max_size=20), st.booleans())
def test_an_axis_holds_zero_and_every_value(values: list[float], whole: bool) -> None:
    axis = value_axis(values, whole=whole)
    slack = 1e-6 * (axis.high - axis.low)
    assert axis.low - slack <= min(0, *values, 0)
    assert axis.high + slack >= max(0, *values, 0)
    assert 2 <= len(axis.ticks) <= 7
    assert any(abs(tick) <= slack for tick in axis.ticks)


def test_a_sparkline_starts_at_zero_and_ends_at_its_edge() -> None:
    svg = unquote(sparkline([0, 10], THEMES[0]))
    assert 'points="0.0,32.0 200.0,2.0"' in svg
    assert svg.startswith("data:image/svg+xml,<svg")


def test_a_sparkline_of_zeros_lies_on_the_ground() -> None:
    assert 'points="0.0,32.0 200.0,32.0"' in unquote(sparkline([0, 0], THEMES[0]))


def test_a_point_leads_to_the_customers_of_its_bucket() -> None:
    one = series([1, 2], slug="revenue")
    assert drill_of(one, 0) == "acted=CANCELLATION,ORDER&actedGte=2011-08-01T23:00:00Z&actedLt=2011-08-02T23:00:00Z"
    assert list(drawn(one).data[CURRENT].customdata)[1] == drill_of(one, 1)
    assert drill_of(series([1], slug="new_customers"), 0) == (
        "firstSeenGte=2011-08-01T23:00:00Z&firstSeenLt=2011-08-02T23:00:00Z"
    )
    assert drill_of(series([1], slug="engagement_score"), 0) is None


def test_without_a_comparison_there_is_no_previous_period() -> None:
    figure = go.Figure(trend_figure(series([1, 2], [900]), THEMES[0], compare=False))
    assert list(figure.data[GHOST].y) == []
    assert figure.layout.yaxis.range[1] == 2
