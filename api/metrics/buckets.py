"""Buckets of time in a tenant's zone, and the windows that dashboards compare. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.errors import BadInputError

MAXIMUM_BUCKETS: Final = 1_500
WEEK: Final = 7
EARLIEST: Final = datetime(1971, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class Bucket(StrEnum):
    MINUTE = "minute"
    QUARTER_HOUR = "quarter_hour"
    HOUR = "hour"
    DAY = "day"


class RangePreset(StrEnum):
    LAST_HOUR = "LAST_HOUR"
    LAST_24_HOURS = "LAST_24_HOURS"
    LAST_7_DAYS = "LAST_7_DAYS"
    LAST_30_DAYS = "LAST_30_DAYS"
    LAST_90_DAYS = "LAST_90_DAYS"


LENGTHS: Final[dict[Bucket, timedelta]] = {
    Bucket.MINUTE: timedelta(minutes=1),
    Bucket.QUARTER_HOUR: timedelta(minutes=15),
    Bucket.HOUR: timedelta(hours=1),
    Bucket.DAY: timedelta(days=1),
}
SPANS: Final[dict[RangePreset, timedelta]] = {
    RangePreset.LAST_HOUR: timedelta(hours=1),
    RangePreset.LAST_24_HOURS: timedelta(hours=24),
    RangePreset.LAST_7_DAYS: timedelta(days=7),
    RangePreset.LAST_30_DAYS: timedelta(days=30),
    RangePreset.LAST_90_DAYS: timedelta(days=90),
}


def floor(moment: datetime, bucket: Bucket, zone: ZoneInfo) -> datetime:
    """The start of the bucket that holds the moment, in UTC. Days begin at local midnight, hours at the full hour of
    standard time, which differs from the clock's only where summer time is half an hour (Lord Howe Island)."""
    local = moment.astimezone(zone)
    if bucket is Bucket.DAY:
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
    offset = (local.utcoffset() or timedelta()) - (local.dst() or timedelta())
    shifted = moment.astimezone(UTC) + offset
    since_midnight = shifted - shifted.replace(hour=0, minute=0, second=0, microsecond=0)
    return shifted - since_midnight % LENGTHS[bucket] - offset


def following(start: datetime, bucket: Bucket, zone: ZoneInfo) -> datetime:
    """The start of the next bucket. A day has 23 or 25 hours when the clocks change."""
    if bucket is Bucket.DAY:
        return shift_days(start, 1, zone)
    return start + LENGTHS[bucket]


def ceiling(moment: datetime, bucket: Bucket, zone: ZoneInfo) -> datetime:
    start = floor(moment, bucket, zone)
    return start if start == moment else following(start, bucket, zone)


def shift_days(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time, that many days later."""
    local = moment.astimezone(zone)
    return (local.replace(tzinfo=None, fold=0) + timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)


def starts(begin: datetime, end: datetime, bucket: Bucket, zone: ZoneInfo) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin = following(begin, bucket, zone)


@dataclass(frozen=True)
class Window:
    """A range in whole buckets, [start, end), and the one before it, [previous_start, previous_end).

    From seven days upward the previous one lies whole weeks back, so that weekdays are compared with weekdays. It ends
    where "now" lies in the current one (`previous_end`), so that a half-finished day is compared with half a day.
    """

    bucket: Bucket
    zone: ZoneInfo
    start: datetime
    end: datetime
    previous_start: datetime
    previous_end: datetime
    reached: datetime
    """Where now lies in it: its start before, its end after."""

    @cached_property
    def buckets(self) -> tuple[datetime, ...]:
        return tuple(starts(self.start, self.end, self.bucket, self.zone))

    @cached_property
    def previous_buckets(self) -> tuple[datetime, ...]:
        return tuple(starts(self.previous_start, self.previous_end, self.bucket, self.zone))

    @property
    def previous_partial_start(self) -> datetime:
        """Where the last, cut bucket of the previous window begins; `previous_end` when none is cut."""
        return floor(self.previous_end, self.bucket, self.zone)

    def ends(self, buckets: Sequence[datetime], last: datetime) -> tuple[datetime, ...]:
        """Where each of these successive buckets ends, the last one at the latest at `last`."""
        return tuple(min(following(start, self.bucket, self.zone), max(last, start)) for start in buckets)


def default_bucket(span: timedelta) -> Bucket:
    if span <= timedelta(hours=2):
        return Bucket.MINUTE
    if span <= timedelta(hours=24):
        return Bucket.QUARTER_HOUR
    return Bucket.HOUR if span <= timedelta(days=WEEK) else Bucket.DAY


def last(preset: RangePreset, bucket: Bucket | None, now: datetime, zone: ZoneInfo) -> Window:
    """The window that ends with the bucket now is in: what happens now is in it."""
    span = SPANS[preset]
    bucket = bucket or default_bucket(span)
    end = following(floor(now, bucket, zone), bucket, zone)
    before = shift_days(end, -span.days, zone) if span.days >= 1 else end - span
    start = floor(before, bucket, zone)
    return _window(start, end, bucket, now, zone)


def between(begin: datetime, end: datetime, bucket: Bucket | None, now: datetime, zone: ZoneInfo) -> Window:
    """The window of whole buckets that covers [begin, end)."""
    if begin.tzinfo is None or end.tzinfo is None:
        raise BadInputError("A range needs times with a zone.", path=("range", "from"))
    if not EARLIEST <= begin < end <= LATEST:
        raise BadInputError("A range begins before it ends, and lies between 1971 and 2200.", path=("range", "from"))
    bucket = bucket or default_bucket(end - begin)
    return _window(floor(begin, bucket, zone), ceiling(end, bucket, zone), bucket, now, zone)


def between_days(first: date, last: date, bucket: Bucket | None, now: datetime, zone: ZoneInfo) -> Window:
    """From the first day's midnight to the last day's end, as the zone's clocks show them."""
    if not EARLIEST.date() <= first <= last < LATEST.date() - timedelta(days=1):
        raise BadInputError(
            "A range begins before it ends, and lies between 1971 and 2200.", path=("range", "firstDay")
        )
    begin, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    return between(begin, end, bucket, now, zone)


def _window(start: datetime, end: datetime, bucket: Bucket, now: datetime, zone: ZoneInfo) -> Window:
    if (end - start) / LENGTHS[bucket] > MAXIMUM_BUCKETS:
        raise BadInputError(
            f"This range has more than {MAXIMUM_BUCKETS} buckets of a {bucket.value.replace('_', ' ')}.",
            hint="Choose a longer bucket or a shorter range.",
            path=("bucket",),
        )
    reached = max(start, min(end, ceiling(now, Bucket.MINUTE, zone)))
    span = end - start
    if span < timedelta(hours=23):
        return _same(bucket, zone, start, end, start - span, reached - span, reached)
    days = -(-span // timedelta(days=1))
    if span > timedelta(days=1) and (span - timedelta(days=1) * (days - 1)) <= timedelta(hours=1):
        days -= 1
    days = days if days < WEEK else -(-days // WEEK) * WEEK
    previous_start = floor(shift_days(start, -days, zone), bucket, zone)
    previous_end = min(max(shift_days(reached, -days, zone), previous_start), start)
    return _same(bucket, zone, start, end, previous_start, previous_end, reached)


@lru_cache(maxsize=64)
def _same(*parts: Any) -> Window:
    """All metrics of a page share one window, and so the buckets that it counts out at their first use."""
    return Window(*parts)
