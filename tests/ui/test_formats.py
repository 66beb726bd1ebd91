from datetime import UTC, datetime, timedelta

import pytest

from ui import formats

LONDON = "Europe/London"
AFTERNOON = datetime(2011, 8, 17, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "written"), [(0, "0"), (1078, "1,078"), (0.5, "1"), (2.5, "3"), (-1234.5, "−1,235"), (-0.4, "0")]
)
def test_integers_have_separators_and_halves_round_away_from_zero(value: float, written: str) -> None:
    assert formats.integer(value) == written


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(43654600, "GBP", "£436,546"), (-2500, "EUR", "−€25"), (1250, "CHF", "CHF 13"), (-49, "GBP", "£0")],
)
def test_money_is_written_in_whole_units_with_the_sign_before_the_symbol(
    minor: float, currency: str, written: str
) -> None:
    assert formats.money(minor, currency) == written


def test_single_orders_show_their_pence() -> None:
    assert formats.money(1275, "GBP", cents=True) == "£12.75"
    assert formats.money(-123456789, "GBP", cents=True) == "−£1,234,567.89"


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (20000, "GBP", "£20k"),
        (1_250_000, "GBP", "£1.25m"),
        (-2500, None, "−2.5k"),
        (0, "EUR", "€0"),
        (500, None, "500"),
    ],
)
def test_axis_labels_are_compact(value: float, currency: str | None, written: str) -> None:
    assert formats.compact(value, currency) == written


@pytest.mark.parametrize(("share", "written"), [(0.081, "8.1%"), (-0.09, "9.0%"), (0.9999, "100.0%"), (12.4, "1,240%")])
def test_changes_have_one_decimal_until_they_double(share: float, written: str) -> None:
    assert formats.percent(share) == written


def test_times_are_the_tenants_wall_clock() -> None:
    assert formats.date_time(AFTERNOON, LONDON) == "17 Aug 2011, 14:05"
    assert formats.date_time(AFTERNOON, "Europe/Berlin") == "17 Aug 2011, 15:05"


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(hours=1), "17 Aug 2011, 14:05–15:05"),
        (timedelta(hours=24), "17 Aug, 14:05 – 18 Aug 2011, 14:05"),
        (timedelta(days=7), "17–24 Aug 2011"),
        (timedelta(days=30), "17 Aug – 16 Sep 2011"),
        (timedelta(days=200), "17 Aug 2011 – 4 Mar 2012"),
    ],
)
def test_a_span_names_only_what_differs(length: timedelta, written: str) -> None:
    assert formats.span(AFTERNOON, AFTERNOON + length, LONDON) == written


def test_a_span_of_whole_days_ends_with_its_last_day() -> None:
    midnight = datetime(2011, 7, 31, 23, tzinfo=UTC)
    assert formats.span(midnight, midnight + timedelta(days=28), LONDON) == "1–28 Aug 2011"


def test_names_of_events_become_words_and_names_of_people_initials() -> None:
    assert formats.humanise("order_completed") == "Order completed"
    assert formats.humanise("newsletter.opened") == "Newsletter opened"
    assert [formats.initials(name) for name in ("Online Retail", "Ada", "jean-luc picard")] == ["OR", "AD", "JL"]


def test_a_value_is_written_by_its_unit() -> None:
    written = [formats.quantity(0.1234, None, unit) for unit in ("RATIO", "SCORE", "COUNT")]
    assert written == ["12.3%", "0.1", "0"]
    assert formats.quantity(1234.56, None, "SECONDS") == "20 min 35 s"
    assert (formats.quantity(-0.04, None, "SCORE"), formats.quantity(None, "GBP", "MONEY")) == ("0.0", "–")
