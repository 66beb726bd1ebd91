"""How numbers and times are written. `assets/10-formats.js` is the twin for live updates; a test compares them."""

import math
from datetime import date as calendar_date
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MINUS = "−"
ABSENT = "–"
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
MINOR_UNITS = 100
MINUTE, HOUR, DAY = 60, 3600, 86_400
FLAT_BELOW = 0.005
WHOLE_PERCENT_FROM = 1.0


def half_up(value: float) -> int:
    """Rounds halves away from zero, as a reader expects and as the browser's twin of this file does."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def signed(magnitude: str, value: float) -> str:
    return f"{MINUS}{magnitude}" if value < 0 else magnitude


def integer(value: float) -> str:
    rounded = half_up(value)
    return signed(f"{abs(rounded):,}", rounded)


def money(minor: float, currency: str, *, cents: bool = False) -> str:
    """Writes an amount given in minor units; whole units unless `cents`."""
    hundredths = half_up(minor) if cents else half_up(minor / MINOR_UNITS) * MINOR_UNITS
    digits = f"{abs(hundredths) / MINOR_UNITS:,.{2 if cents else 0}f}"
    return signed(f"{symbol(currency)}{digits}", hundredths)


def symbol(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency} ")


def quantity(value: float | None, currency: str | None, unit: str = "COUNT") -> str:
    """Writes a metric's value: money when it has a currency, else by its unit. What is not known is no number."""
    if value is None:
        return ABSENT
    if currency is not None:
        return money(value, currency)
    if unit == "RATIO":
        return signed(percent(value), value)
    if unit == "SECONDS":
        return duration(value)
    return integer(value) if unit == "COUNT" else tenth(value)


def duration(seconds: float) -> str:
    """Writes the two largest units; tenths under ten seconds."""
    whole = half_up(seconds)
    if seconds < 10 and seconds != whole:  # noqa: PLR2004
        return f"{tenth(seconds)} s"
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s" if whole % MINUTE else f"{whole // MINUTE} min"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def beside(n: int | None, low: float | None, high: float | None, p95: float | None, unit: str) -> str:
    """Says what stands behind a value: its interval, or its 95th percentile, and from how many it was taken."""
    if low is not None and high is not None:
        return interval(n, low, high, unit)
    parts = [] if p95 is None else [f"p95 {quantity(p95, None, unit)}"]
    return " · ".join([*parts, *([] if n is None else [f"n {n:,}"])])


def interval(n: int | None, low: float | None, high: float | None, unit: str) -> str:
    """Says how sure an estimate is; nothing for what was counted."""
    if n is None or low is None or high is None:
        return ""
    return f"95% sure: {quantity(low, None, unit)} to {quantity(high, None, unit)} · n {n:,}"


def tenth(value: float) -> str:
    tenths = half_up(abs(value) * 10)
    return signed(f"{tenths // 10:,}.{tenths % 10}", value if tenths else 0)


def compact(value: float, currency: str | None) -> str:
    """Writes an axis label; money arrives in whole units here."""
    magnitude = abs(value)
    scale, suffix = (1_000_000, "m") if magnitude >= 1_000_000 else (1_000, "k") if magnitude >= 1_000 else (1, "")  # noqa: PLR2004
    digits = f"{magnitude / scale:.2f}".rstrip("0").rstrip(".")
    prefix = "" if currency is None else symbol(currency)
    return signed(f"{prefix}{digits}{suffix}", value)


def percent(share: float) -> str:
    """Writes a change: one decimal, none from 100%."""
    magnitude = abs(share) * 100
    if magnitude >= WHOLE_PERCENT_FROM * 100:
        return f"{half_up(magnitude):,}%"
    tenths = half_up(magnitude * 10)
    return f"{tenths // 10}.{tenths % 10}%"


def probability(chance: float) -> str:
    """Whole percents; never a certainty."""
    if chance > 0.99:  # noqa: PLR2004
        return "> 99%"
    return "< 1%" if chance < 0.01 else f"{half_up(chance * 100)}%"  # noqa: PLR2004


def day(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b}"


def clock(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def date_time(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M}"


def date(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y}"


def written_date(given: str) -> str:
    """A day that the API names as such, without a time zone: 2011-07-31."""
    day_of = calendar_date.fromisoformat(given)
    return f"{day_of.day} {day_of:%b %Y}"


def bucket_label(moment: datetime, zone: str, *, daily: bool) -> str:
    """Names one bucket in a hover or a table: its day, or its day and time."""
    return date(moment, zone) if daily else f"{day(moment, zone)}, {clock(moment, zone)}"


def span(start: datetime, end: datetime, zone: str) -> str:
    """Writes a window whose end is exclusive, naming the days (or times within two days) it covers."""
    first, last = start.astimezone(ZoneInfo(zone)), (end - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    if end - start <= timedelta(days=1):
        until = f"{end.astimezone(ZoneInfo(zone)):%H:%M}"
        if first.date() == last.date():
            return f"{first.day} {first:%b %Y, %H:%M}–{until}"
        return f"{first.day} {first:%b, %H:%M} – {last.day} {last:%b %Y}, {until}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%b %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {last.day} {last:%b %Y}"
    return f"{first.day} {first:%b %Y} – {last.day} {last:%b %Y}"


def humanise(name: str) -> str:
    """Turns an event's name (`order_completed`) into words (`Order completed`)."""
    words = name.replace("_", " ").replace(".", " ").strip()
    return words[:1].upper() + words[1:]


def initials(name: str) -> str:
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    letters = [word[0] for word in words[:2]] if len(words) > 1 else list(name.strip()[:2])
    return "".join(letters).upper()
