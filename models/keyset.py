"""Paging by position: the rows after (or before) a given one, in an order that an index has.

NULLs come last in every order. The row's id breaks ties in the same direction as the sorted column, so that no row
is seen twice or missed however many share a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, tuple_

from models.database import AnyRow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by, named as in the cursor that is bound to it."""

    name: str
    column: ColumnElement[Any]
    identity: ColumnElement[UUID]
    descending: bool = False
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a row stands in the order: its value of the sorted column, and its id."""

    value: Any
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    """`size` rows after `position`, or before it when `backward`; from the beginning or the end without one."""

    size: int
    position: Position | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """The rows of one page, in order, and whether there are more on either side."""

    items: tuple[T, ...]
    has_next: bool
    has_previous: bool


def page_of(statement: Select[Any], key: SortKey, page: Page) -> Select[Any]:
    """One row more than the page, which tells whether another page follows."""
    descending = key.descending != page.backward
    column = key.column.desc() if descending else key.column.asc()
    identity = key.identity.desc() if descending else key.identity.asc()
    if key.nullable:
        column = column.nulls_first() if page.backward else column.nulls_last()
    if page.position is not None:
        statement = statement.where(_beyond(key, page.position, descending=descending, backward=page.backward))
    return statement.order_by(None).order_by(column, identity).limit(page.size + 1)


def cut(rows: Sequence[AnyRow], page: Page) -> Slice[AnyRow]:
    more = len(rows) > page.size
    kept = tuple(rows[: page.size])
    if page.backward:
        return Slice(kept[::-1], has_next=page.position is not None, has_previous=more)
    return Slice(kept, has_next=more, has_previous=page.position is not None)


def _beyond(key: SortKey, position: Position, *, descending: bool, backward: bool) -> ColumnElement[bool]:
    column, identity, value = key.column, key.identity, position.value
    if value is None:
        tie = identity < position.id if descending else identity > position.id
        among_nulls = and_(column.is_(None), tie)
        return or_(among_nulls, column.is_not(None)) if backward else among_nulls
    here, there = tuple_(column, identity), tuple_(literal(value, column.type), literal(position.id, identity.type))
    further = here < there if descending else here > there
    return or_(further, column.is_(None)) if key.nullable and not backward else further
