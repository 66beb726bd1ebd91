"""SQL that finds the rows of one person in a table, from models.personal."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, Table, Text, and_, cast, false, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

import models  # noqa: F401  (fills the metadata)
from api.privacy.contracts import Person
from api.privacy.words import NAMED_BY, Words, subjects_of
from models import ImportRow, ImportUnit
from models.base import table
from models.bulk import one_of
from models.personal import Place, Reach

import_row = table(ImportRow)
import_unit = table(ImportUnit)

WHOLE: Final = "$.** ? (@ == $words[*])"
NUMBER: Final = f"$.** ? ({' || '.join(f'@.{name} == $number' for name in NAMED_BY)})"


def table_of(name: str) -> Table:
    return SQLModel.metadata.tables[name]


def where(name: str, place: Place, tenant_id: UUID, person: Person, words: Words) -> ColumnElement[bool]:
    """The rows of this person in the tenant's part of the table."""
    source = table_of(name)
    return and_(source.c.tenant_id == tenant_id, _theirs(source, place, person, words))


def _theirs(source: Table, place: Place, person: Person, words: Words) -> ColumnElement[bool]:
    match place.reach:
        case Reach.SELF:
            return source.c.id == person.id
        case Reach.OWN:
            return source.c.customer_id == person.id
        case Reach.ORDER:
            return one_of(source.c.order_id, list(person.orders))
        case Reach.CONVERSATION:
            return one_of(source.c.conversation_id, [talk.id for talk in person.talks])
        case Reach.SUBJECT:
            return one_of(source.c.subject_id, subjects_of(person))
        case Reach.SEALED:
            sealed: ColumnElement[bool] = source.c.details["subject"]["key"].astext == str(person.key_id)
            return sealed
        case Reach.TEXT:
            return _named(source, place, words)
        case Reach.FILES:
            return true()
    return false()


def _named(source: Table, place: Place, words: Words) -> ColumnElement[bool]:
    if source in (import_row, import_unit):
        return tuple_(source.c.import_id, source.c.key).in_(words.staged)
    return or_(false(), *(holds(source.c[name], words) for name in place.personal))


async def list_staged_keys(session: AsyncSession, tenant_id: UUID, words: Words) -> list[tuple[UUID, str]]:
    """The staged records that name the person. A record's rows go together, however few of them say whose it is."""
    rows = select(import_row.c.import_id, import_row.c.key).where(
        import_row.c.tenant_id == tenant_id, or_(holds(import_row.c.cells, words), _is(import_row.c.key, words))
    )
    units = select(import_unit.c.import_id, import_unit.c.key).where(
        import_unit.c.tenant_id == tenant_id,
        or_(_is(import_unit.c.key, words), _is(import_unit.c.customer, words)),
    )
    return [(row[0], row[1]) for row in await session.execute(rows.union(units))]


def holds(column: ColumnElement[Any], words: Words) -> ColumnElement[bool]:
    if isinstance(column.type, LargeBinary):
        return false()  # a file that was not read: see chunk_repository
    if not isinstance(column.type, JSONB):
        return _is(column, words)
    given = cast({"words": list(words.whole), "number": words.number}, JSONB)
    found: list[ColumnElement[bool]] = [func.jsonb_path_exists(column, cast(WHOLE, JSONPATH), given)]
    if words.number is not None:
        found.append(func.jsonb_path_exists(column, cast(NUMBER, JSONPATH), given))
    if words.email is not None:
        found.append(_mentions(cast(column, Text), words.email))
    return or_(*found)


def _is(column: ColumnElement[Any], words: Words) -> ColumnElement[bool]:
    same = column == func.any(list(words.whole))
    return same if words.email is None else or_(same, _mentions(column, words.email))


def _mentions(text: ColumnElement[Any], email: str) -> ColumnElement[bool]:
    return func.strpos(func.lower(text), email) > 0
