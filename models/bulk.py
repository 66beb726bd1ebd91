"""Many rows in one statement. COPY is refused under row-level security; INSERT from unnest is the next fastest."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Column, ColumnElement, Table, Text, Uuid, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession


class EncodedJson(str):
    """JSON that is text already: taken as it is for a column of JSON."""

    __slots__ = ()


def one_of(column: ColumnElement[UUID], ids: Sequence[UUID]) -> ColumnElement[bool]:
    """However many there are: a list of single parameters ends at 32,767."""
    return column == any_(cast(list(ids), ARRAY(Uuid)))


async def insert_rows(
    session: AsyncSession,
    target: Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    same: Mapping[str, Any] | None = None,
) -> None:
    """`same` are the columns, beside those of the rows, that have one value in all of them: it is sent once."""
    if rows:
        await session.execute(insert_of(target, columns, rows, same=same))


def insert_of(
    target: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, same: Mapping[str, Any] | None = None
) -> Insert:
    """The statement alone, for a caller that has more to say, such as what to do on a conflict."""
    chosen = [target.c[name] for name in columns]
    source = as_table(chosen, rows)
    values = [_value(column, source.c[column.name]) for column in chosen]
    shared = same or {}
    constants = [literal(value, target.c[name].type) for name, value in shared.items()]
    return insert(target).from_select([*columns, *shared], select(*values, *constants))


def as_table(columns: Sequence[Column[Any]], rows: Sequence[Sequence[Any]]) -> Any:
    """The rows as a derived table with the names of the columns."""
    arrays = [
        cast(_plain(column, values), ARRAY(_array_type(column)))
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    return func.unnest(*arrays).table_valued(*(column.name for column in columns), name="given").render_derived()


def _array_type(column: Column[Any]) -> Any:
    return Text() if isinstance(column.type, JSONB) else column.type


def _plain(column: Column[Any], values: Sequence[Any]) -> list[Any]:
    if not isinstance(column.type, JSONB):
        return list(values)
    return [value if type(value) is EncodedJson else orjson.dumps(value).decode() for value in values]


def _value(column: Column[Any], given: Any) -> Any:
    return cast(given, JSONB) if isinstance(column.type, JSONB) else given
