"""Very many small rows as one value: a hundred thousand rows cost a second of Python, their bytes some milliseconds.

Each column must be there in each row: an empty one would take its whole row away.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, ColumnElement, LargeBinary, cast, func, literal, literal_column

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""PostgreSQL counts microseconds from here."""
NEVER: Final[ColumnElement[Any]] = literal_column("'-infinity'::timestamptz")
"""Before every moment."""


class Kind(StrEnum):
    """A UUID as its bytes, a moment as `microseconds` gives it, a whole number."""

    KEY = "uuid_send"
    MOMENT = "timestamptz_send"
    NUMBER = "int8send"


READ_AS: Final = {Kind.KEY: "S16", Kind.MOMENT: ">i8", Kind.NUMBER: ">i8"}


def dtype(kinds: Mapping[str, Kind]) -> np.dtype[Any]:
    return np.dtype([(name, READ_AS[kind]) for name, kind in kinds.items()])


def packed(kinds: Mapping[str, Kind], source: Any) -> ColumnElement[bytes]:
    """An aggregate of the source's columns of these names, its rows in any order. NULL without rows."""
    parts: list[ColumnElement[Any]] = [_sent(kind, source.c[name]) for name, kind in kinds.items()]
    return func.string_agg(reduce(lambda left, right: left.concat(right), parts), literal(b""))


def unpacked(kinds: Mapping[str, Kind], value: bytes | None) -> NDArray[Any]:
    return np.frombuffer(value or b"", dtype(kinds))


def microseconds(moment: datetime) -> int:
    """What a MOMENT reads as."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def _sent(kind: Kind, column: ColumnElement[Any]) -> ColumnElement[Any]:
    given = cast(column, BigInteger) if kind is Kind.NUMBER else column
    sent: ColumnElement[Any] = getattr(func, kind.value)(given, type_=LargeBinary())
    return sent
