"""Columns of dates as whole days."""

import warnings
from typing import Any, Final

import numpy as np

from api.intelligence.arrays import Floats, InvalidColumnError, as_floats, refuse

SECONDS_A_DAY: Final = 86_400


def as_days(name: str, given: Any) -> Floats:
    """Whole days since 1970 from dates, or the numbers that were given. Moments with a zone are taken in UTC."""
    column = np.asarray(given)
    if column.dtype.kind in "iuf":
        return as_floats(name, np.floor(column))
    if column.dtype.kind == "b":
        raise InvalidColumnError(name, "must be dates or numbers of days, not True and False")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # numpy says that it turns zones to UTC
            dates = column.astype("datetime64[s]")
    except (ValueError, TypeError) as error:
        raise InvalidColumnError(name, f"must be dates or numbers of days: {error}") from None
    refuse(name, np.isnat(dates), "must not be empty")
    return np.floor_divide(dates.astype(np.int64), SECONDS_A_DAY).astype(np.float64)
