"""Filters for who stands behind a figure: what of an address is one, what the API is asked, and how it is said."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ui import formats

MOST: Final = 300
KINDS: Final = {"CHURN": "churn", "CONVERSION": "conversion", "CLV": "value"}
GROUPS: Final = (
    ("segment",),
    ("rfm",),
    ("movedFrom", "movedTo", "movedDays"),
    ("entered", "enteredGte", "enteredLt", "enteredTo", "enteredStill"),
    ("predicted", "predictedDays", "predictedGte", "predictedLt"),
)
"""The names of each in the address; without the first, the others say nothing."""
NAMES: Final = tuple(name for group in GROUPS for name in group)


def is_valid(name: str, text: str) -> bool:
    if len(text) > MOST:
        return False
    if name in ("movedDays", "predictedDays"):
        return text.isascii() and text.isdecimal() and 1 <= int(text) <= 3_660 if len(text) < 5 else False  # noqa: PLR2004
    if name == "rfm":
        return len(text) == 3 and text[1] == "-" and {text[0], text[2]} <= set("12345")  # noqa: PLR2004
    if name == "predicted":
        return text in KINDS
    if name == "enteredStill":
        return text == "true"
    if name in ("enteredGte", "enteredLt"):
        return _moment(text) is not None
    if name in ("predictedGte", "predictedLt"):
        return _number(text) is not None
    return text.isprintable()


def whole(given: Mapping[str, str]) -> dict[str, str]:
    """Without what says nothing because a part it needs is missing."""
    left = dict(given)
    for group in GROUPS:
        needed = {group[0], *(name for name in group if name.endswith("Days"))}
        if not needed <= set(left):
            left = {name: text for name, text in left.items() if name not in group}
    return left


def where_of(filters: Mapping[str, str]) -> dict[str, Any]:
    where: dict[str, Any] = {}
    if "segment" in filters:
        where["segment"] = filters["segment"]
    if "rfm" in filters:
        recency, _, frequency = filters["rfm"].partition("-")
        where["rfm"] = {"recency": int(recency), "frequency": int(frequency)}
    if "movedFrom" in filters:
        days = int(filters["movedDays"])
        where["moved"] = {"from": filters["movedFrom"], "to": filters.get("movedTo"), "horizonDays": days}
    if "entered" in filters:
        span = {"gte": filters.get("enteredGte"), "lt": filters.get("enteredLt"), "to": filters.get("enteredTo")}
        where["entered"] = {"stage": filters["entered"], **span, "stillHere": "enteredStill" in filters or None}
    if "predicted" in filters:
        ends = {end: _number(filters.get(f"predicted{end.capitalize()}", "")) for end in ("gte", "lt")}
        where["predicted"] = {"kind": filters["predicted"], "horizonDays": int(filters["predictedDays"]), **ends}
    return where


def chips(
    filters: Mapping[str, str], names: Mapping[str, str], zone: str, currency: str
) -> list[tuple[tuple[str, ...], str]]:
    """`names` are the segments', by id."""
    said = [_segment(filters, names), _cell(filters), _moved(filters, names), _entered(filters, zone)]
    found = zip(GROUPS, [*said, _predicted(filters, currency)], strict=True)
    return [(group, text) for group, text in found if text]


def _segment(filters: Mapping[str, str], names: Mapping[str, str]) -> str:
    return f"in {_named(filters['segment'], names)}" if "segment" in filters else ""


def _cell(filters: Mapping[str, str]) -> str:
    if "rfm" not in filters:
        return ""
    recency, _, frequency = filters["rfm"].partition("-")
    return f"recency {recency} and frequency {frequency} of 5"


def _moved(filters: Mapping[str, str], names: Mapping[str, str]) -> str:
    if "movedFrom" not in filters:
        return ""
    origin = _named(filters["movedFrom"], names)
    to = f", then in {_named(filters['movedTo'], names)}" if "movedTo" in filters else ""
    return f"in {origin} {filters['movedDays']} days before{to}"


def _entered(filters: Mapping[str, str], zone: str) -> str:
    if "entered" not in filters:
        return ""
    low, high = _moment(filters.get("enteredGte", "")), _moment(filters.get("enteredLt", ""))
    when = f" in {formats.span(low, high, zone)}" if low and high else ""
    then = f", then {formats.humanise(filters['enteredTo']).lower()}" if "enteredTo" in filters else ""
    still = ", still there at its end" if "enteredStill" in filters else ""
    return f"entered {formats.humanise(filters['entered']).lower()}{when}{then}{still}"


def _predicted(filters: Mapping[str, str], currency: str) -> str:
    if "predicted" not in filters:
        return ""
    kind = filters["predicted"]
    low, high = (_number(filters.get(f"predicted{end}", "")) for end in ("Gte", "Lt"))
    ends = [("from", low), ("below", high)]
    said = [f"{word} {_amount(kind, value, currency)}" for word, value in ends if value is not None]
    return " ".join([f"{KINDS[kind]} in {filters['predictedDays']} days", *said])


def _amount(kind: str, value: float, currency: str) -> str:
    return formats.money(value, currency) if kind == "CLV" else formats.percent(value)


def _named(identity: str, names: Mapping[str, str]) -> str:
    return formats.humanise(names[identity]) if identity in names else "one segment"


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
