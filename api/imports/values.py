"""Cells become values: text, whole numbers, money in minor units, moments. Pure, and never by way of a float."""

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

MINOR_UNITS: Final = 100
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?")
GROUPED: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
LONGEST_NUMBER: Final = 24


class CellError(Exception):
    """What is wrong with one cell. The message leaves its value out: that stands in the error file."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def text(cell: Any) -> str:
    """As it stands, without outer blanks; a number that a spreadsheet made of an id (17850.0) loses its zero."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def number(given: str, *, decimal_comma: bool = False) -> Decimal:
    plain = given
    if decimal_comma:
        plain = plain.replace(".", "").replace(",", ".")
    elif GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if len(plain) > LONGEST_NUMBER or not NUMBER.fullmatch(plain):
        raise CellError("NOT_A_NUMBER", "This is not a number.")
    return Decimal(plain)


def in_minor_units(amount: Decimal, *, rounding: bool = False) -> int:
    """An amount such as 12.50 as 1250, exactly; a finer one is refused unless it may be rounded half to even."""
    scaled = amount * MINOR_UNITS
    whole_units = scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    if whole_units != scaled and not rounding:
        raise CellError("TOO_PRECISE", "This amount has more than two decimals.")
    return int(whole_units)


def whole(given: str, *, decimal_comma: bool = False) -> int:
    value = number(given, decimal_comma=decimal_comma)
    if value != value.to_integral_value():
        raise CellError("NOT_WHOLE", "This is not a whole number.")
    return int(value)


@lru_cache(maxsize=4096)
def moment(given: str, formats: tuple[str, ...], zone: ZoneInfo) -> datetime:
    """In UTC. A time without a zone is local to `zone`; a format of "iso" stands for ISO 8601."""
    for pattern in formats:
        try:
            found = datetime.fromisoformat(given) if pattern == "iso" else datetime.strptime(given, pattern)  # noqa: DTZ007
            return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    raise CellError("NOT_A_TIME", "This is not a time in the form that was chosen.")
