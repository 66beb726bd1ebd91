"""Numbers and moments out of a query string."""

import math
from collections.abc import Mapping
from datetime import datetime

from api.errors import BadInputError


def whole_number(asked: Mapping[str, str], name: str) -> int | None:
    text = asked.get(name) or None
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError as error:
        raise BadInputError(f"{name} is a whole number.", path=(name,)) from error
    if not -(2**63) <= number < 2**63:
        raise BadInputError(f"{name} is a whole number of at most 64 bits.", path=(name,))
    return number


def moment_of(asked: Mapping[str, str], name: str) -> datetime | None:
    text = asked.get(name) or None
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"{name} is a moment in ISO 8601.", path=(name,)) from error
    if moment.tzinfo is None:
        raise BadInputError(f"{name} needs its offset, such as Z.", path=(name,))
    return moment


def number_of(asked: Mapping[str, str], name: str) -> float | None:
    text = asked.get(name) or None
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInputError(f"{name} is a number.", path=(name,))
    return number
