"""Columns of dates as whole days."""

import warnings
from numbers import Real
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, InvalidColumnError, as_floats, refuse

SECONDS_A_DAY: Final = 86_400
DIGITS: Final = 8
FIRST_WRITTEN, LAST_WRITTEN = 1800_01_01, 2200_12_31
MONTHS, DAYS = 12, 31


def as_days(name: str, given: Any) -> Floats:
    """Whole days since 1970 from dates, or the numbers that were given. Moments with a zone are taken in UTC; text and
    whole numbers such as 20240131 are dates."""
    column = _written_out(np.asarray(given))
    if column.dtype.kind in "iuf":
        return as_floats(name, np.floor(column))
    return np.floor(_moments(name, column))


def comparable_days(**columns: Any) -> list[Floats]:
    """Whole days of columns that are held against each other: all of them dates, or all of them numbers of days."""
    arrays = {name: _written_out(np.asarray(given)) for name, given in columns.items()}
    found = [as_days(name, column) for name, column in arrays.items()]
    _refuse_mixed(arrays)
    return found


def comparable_times(**columns: Any) -> list[Floats]:
    """As `comparable_days`, with the parts of days, and with numbers as they are, whatever their unit."""
    arrays = {name: _numbers(np.asarray(given)) for name, given in columns.items()}
    found = [
        as_floats(name, column) if _is_number(column) else _moments(name, column) for name, column in arrays.items()
    ]
    _refuse_mixed(arrays)
    return found


def _moments(name: str, column: NDArray[Any]) -> Floats:
    """In days since 1970."""
    if column.dtype.kind == "b":
        raise InvalidColumnError(name, "must be dates or numbers of days, not True and False")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # numpy says that it turns zones to UTC
            dates = column.astype("datetime64[s]")
    except (ValueError, TypeError) as error:
        raise InvalidColumnError(name, f"must be dates or numbers of days: {error}") from None
    refuse(name, np.isnat(dates), "must not be empty")
    return np.asarray(dates.astype(np.int64) / SECONDS_A_DAY, dtype=np.float64)


def _is_number(column: NDArray[Any]) -> bool:
    return column.dtype.kind in "iuf"


def _refuse_mixed(columns: dict[str, NDArray[Any]]) -> None:
    numbers = [name for name, column in columns.items() if _is_number(column) and column.size]
    dates = [name for name, column in columns.items() if not _is_number(column) and column.size]
    if numbers and dates:
        raise InvalidColumnError(f"{numbers[0]} and {dates[0]}", "must both be dates, or both be numbers")


def _written_out(column: NDArray[Any]) -> NDArray[Any]:
    """Dates that are written without hyphens: numpy would take them for years."""
    column = _numbers(column)
    if column.ndim != 1 or not column.size:
        return column
    if column.dtype.kind in "iu":
        return _from_digits(column.astype(str)) if _are_dates(column) else column
    first = column[0]
    if not isinstance(first, str) or len(first) != DIGITS or not first.isdigit():
        return column
    texts = column.tolist()
    if not all(isinstance(text, str) and len(text) == DIGITS and text.isdigit() for text in texts):
        return column
    return _from_digits(np.array(texts))


def _numbers(column: NDArray[Any]) -> NDArray[Any]:
    """Out of objects: numpy would take them for seconds."""
    if column.dtype.kind == "O" and column.ndim == 1 and all(isinstance(one, Real) for one in column.tolist()):
        return np.array(column.tolist())
    return column


def _are_dates(numbers: NDArray[Any]) -> bool:
    if numbers.min() < FIRST_WRITTEN or numbers.max() > LAST_WRITTEN:
        return False
    months, days = numbers // 100 % 100, numbers % 100
    return bool(((months >= 1) & (months <= MONTHS) & (days >= 1) & (days <= DAYS)).all())


def _from_digits(texts: NDArray[Any]) -> NDArray[Any]:
    return np.array([f"{text[:4]}-{text[4:6]}-{text[6:]}" for text in texts.tolist()])
