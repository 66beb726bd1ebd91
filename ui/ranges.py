"""Time ranges of an address: a preset, or days of the tenant's time zone, such as 2011-06-01..2011-06-30."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

DAYS: Final = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")
LONGEST: Final = 400
"""Days: as many buckets of a day as the API gives at once."""


def days_of(text: object) -> tuple[date, date] | None:
    """The first day and the last, both in it; None for what is no range of days."""
    found = DAYS.fullmatch(text) if isinstance(text, str) and text.isascii() else None
    if found is None:
        return None
    try:
        first, last = (date.fromisoformat(day) for day in found.groups())
    except ValueError:
        return None
    return (first, last) if 0 <= (last - first).days < LONGEST and 1971 <= first.year < 2199 else None  # noqa: PLR2004


def is_range(text: object, presets: Mapping[str, str]) -> bool:
    return (isinstance(text, str) and text in presets) or days_of(text) is not None


def api_range(name: str, presets: Mapping[str, str]) -> dict[str, str]:
    """The API's RangeInput."""
    days = days_of(name)
    if days is None:
        return {"preset": presets[name]}
    return {"firstDay": days[0].isoformat(), "lastDay": days[1].isoformat()}


def said(name: str) -> str | None:
    """A range of days in words; None for a preset."""
    days = days_of(name)
    if days is None:
        return None
    first, last = (f"{day.day} {day:%b %Y}" for day in days)
    return first if days[0] == days[1] else f"{first} – {last}"
