"""What every table shares: the column types, the ids, and the names of constraints."""

from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Table, Text
from sqlmodel import SQLModel
from uuid_utils.compat import uuid7

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Timestamp(DateTime):
    """timestamptz: a moment, always with its zone."""

    def __init__(self, timezone: bool = True) -> None:
        super().__init__(timezone=timezone)


class SortableText(Text):
    """Text in byte order, so that sorting and prefix ranges use an index under row-level security."""

    def __init__(self, length: int | None = None, collation: str | None = "C") -> None:
        super().__init__(length, collation)


def new_id() -> UUID:
    """A version 7 UUID: unique, and rising with time."""
    return uuid7()


def table(model: type[SQLModel]) -> Table:
    """The Core table behind a model, for reads by Core statements."""
    found: Any = model.__table__  # type: ignore[attr-defined]
    assert isinstance(found, Table)
    return found


def sort_key(text: str) -> str:
    """How sortable text is stored and searched: without regard to case and outer blanks."""
    return text.strip().casefold()
