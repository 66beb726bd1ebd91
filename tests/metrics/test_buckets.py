"""Buckets and windows, across changes of clocks and in odd zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import BadInputError
from api.metrics.buckets import Bucket, RangePreset, between, between_days, ceiling, floor, following, last, shift_days

ZONES = [
    ZoneInfo(name) for name in ("UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
]
LONDON = ZoneInfo("Europe/London")

moments = st.integers(1_577_836_800, 1_798_761_600).map(lambda second: datetime.fromtimestamp(second, UTC))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@given(moments, st.sampled_from(Bucket), st.sampled_from(ZONES))
def test_every_moment_lies_in_exactly_one_bucket(moment: datetime, bucket: Bucket, zone: ZoneInfo) -> None:
    start = floor(moment, bucket, zone)
    assert floor(following(start, bucket, zone) - timedelta(microseconds=1), bucket, zone) == start
    assert start <= moment < following(start, bucket, zone)
    assert floor(start, bucket, zone) == start
    assert floor(following(start, bucket, zone), bucket, zone) == following(start, bucket, zone)
    assert ceiling(start, bucket, zone) == start


@given(moments, st.sampled_from(ZONES))
def test_days_begin_at_local_midnight(moment: datetime, zone: ZoneInfo) -> None:
    local = floor(moment, Bucket.DAY, zone).astimezone(zone)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)


def test_a_day_has_23_and_25_hours_when_clocks_change() -> None:
    spring, autumn = utc(2026, 3, 29), utc(2026, 10, 24, 23)
    assert following(spring, Bucket.DAY, LONDON) - spring == timedelta(hours=23)
    assert following(autumn, Bucket.DAY, LONDON) - autumn == timedelta(hours=25)


@given(moments, st.sampled_from(RangePreset), st.none() | st.sampled_from(Bucket), st.sampled_from(ZONES))
def test_windows_are_whole_buckets_that_hold_now(
    now: datetime, preset: RangePreset, bucket: Bucket | None, zone: ZoneInfo
) -> None:
    try:
        window = last(preset, bucket, now, zone)
    except BadInputError:
        assert bucket not in (None, Bucket.DAY)
        return
    assert [floor(start, window.bucket, zone) for start in window.buckets] == list(window.buckets)
    assert window.buckets[0] == window.start
    assert following(window.buckets[-1], window.bucket, zone) == window.end
    assert window.buckets[-1] <= now < window.end
    assert window.previous_start <= window.previous_end <= window.start or not window.previous_buckets


@pytest.mark.parametrize(
    ("preset", "bucket", "count", "days_back"),
    [
        (RangePreset.LAST_HOUR, Bucket.MINUTE, 60, None),
        (RangePreset.LAST_24_HOURS, Bucket.QUARTER_HOUR, 96, 1),
        (RangePreset.LAST_7_DAYS, Bucket.HOUR, 168, 7),
        (RangePreset.LAST_30_DAYS, Bucket.DAY, 30, 35),
        (RangePreset.LAST_90_DAYS, Bucket.DAY, 90, 91),
    ],
)
def test_the_presets(preset: RangePreset, bucket: Bucket, count: int, days_back: int | None) -> None:
    now = utc(2026, 6, 17, 12, 34, 56)
    window = last(preset, None, now, LONDON)
    assert (window.bucket, len(window.buckets)) == (bucket, count)
    reached = utc(2026, 6, 17, 12, 35)
    for moment, before in ((window.start, window.previous_start), (reached, window.previous_end)):
        back = moment - timedelta(hours=1) if days_back is None else shift_days(moment, -days_back, LONDON)
        assert before == back


def test_weekdays_are_compared_with_weekdays_over_a_change_of_clocks() -> None:
    window = last(RangePreset.LAST_7_DAYS, Bucket.DAY, utc(2026, 3, 31, 12), LONDON)
    assert window.start == utc(2026, 3, 25)
    assert window.end == utc(2026, 3, 31, 23)
    assert window.previous_start == utc(2026, 3, 18)
    assert window.previous_end == utc(2026, 3, 24, 13)


def test_the_previous_window_is_cut_where_now_is_in_the_current_one() -> None:
    window = last(RangePreset.LAST_30_DAYS, None, utc(2026, 6, 17, 12, 0, 30), LONDON)
    assert len(window.previous_buckets) == 30
    assert window.previous_partial_start == utc(2026, 5, 12, 23)
    assert window.previous_end == utc(2026, 5, 13, 12, 1)


def test_a_range_in_the_past_is_compared_with_a_whole_one() -> None:
    window = between(utc(2026, 1, 5), utc(2026, 1, 12), Bucket.DAY, utc(2026, 6, 1), ZoneInfo("UTC"))
    assert (window.previous_start, window.previous_end) == (utc(2025, 12, 29), utc(2026, 1, 5))
    assert window.previous_partial_start == window.previous_end


@pytest.mark.parametrize(
    ("begin", "end", "bucket"),
    [
        (utc(2026, 1, 2), utc(2026, 1, 1), None),
        (utc(2026, 1, 1), utc(2026, 1, 1), None),
        (utc(1, 1, 1), utc(1, 1, 2), None),
        (utc(9999, 12, 30), utc(9999, 12, 31), None),
        (utc(2026, 1, 1), utc(2026, 3, 1), Bucket.MINUTE),
        (datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-01-02"), None),
    ],
)
def test_impossible_ranges_are_refused(begin: datetime, end: datetime, bucket: Bucket | None) -> None:
    with pytest.raises(BadInputError):
        between(begin, end, bucket, utc(2026, 6, 1), LONDON)


def test_what_happens_at_the_very_start_of_a_bucket_is_in_the_window() -> None:
    """A demo's clock may stand still at such a moment."""
    now = utc(2026, 6, 16, 23)
    for preset in RangePreset:
        window = last(preset, None, now, LONDON)
        assert window.start <= now < window.end


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("bucket", list(Bucket))
def test_buckets_follow_each_other_without_gap_through_a_year(zone: ZoneInfo, bucket: Bucket) -> None:
    """Every change of clocks of 2020 lies in it, Lord Howe's of half an hour included."""
    for change in (utc(2020, 3, 8), utc(2020, 3, 29), utc(2020, 4, 4), utc(2020, 10, 3), utc(2020, 10, 25)):
        start = floor(change, bucket, zone)
        while start < change + timedelta(days=2):
            end = following(start, bucket, zone)
            assert floor(start, bucket, zone) == start
            assert floor(end - timedelta(seconds=1), bucket, zone) == start
            start = end


def test_days_are_those_of_the_zones_clocks() -> None:
    """The clocks go forward on the last of these days: it has 23 hours."""
    zone = ZoneInfo("Europe/London")
    window = between_days(date(2011, 3, 26), date(2011, 3, 27), None, datetime(2011, 6, 1, tzinfo=UTC), zone)
    assert (window.start, window.end) == (
        datetime(2011, 3, 26, tzinfo=UTC), datetime(2011, 3, 27, 23, tzinfo=UTC),
    )  # fmt: skip
    for day, earlier in ((date(2011, 3, 2), date(2011, 3, 1)), (date(1960, 1, 1), date(1960, 1, 2))):
        with pytest.raises(BadInputError):
            between_days(day, earlier, None, datetime(2011, 6, 1, tzinfo=UTC), zone)
