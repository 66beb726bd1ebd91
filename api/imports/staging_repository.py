"""SQL of rows on their way from the file to the tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, cast, delete, distinct, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.erased import SUBJECT_ERASED
from api.imports.contracts import RowFault, StagedRow, Unit
from models import ImportFault, ImportRow, ImportUnit
from models.base import SortableText, table
from models.bulk import as_table, insert_rows
from models.relations import columns_of

row = table(ImportRow)
unit = table(ImportUnit)
fault = table(ImportFault)

ROW_COLUMNS: Final = ("tenant_id", "import_id", "number", "key", "cells")
FAULT_COLUMNS: Final = ("tenant_id", "import_id", "row_number", "column_name", "code", "message", "cells")
ROWS_AT_ONCE: Final = 20_000


async def insert_staged(session: AsyncSession, rows: Sequence[Sequence[Any]]) -> None:
    await insert_rows(session, row, ROW_COLUMNS, rows)


async def add_to_units(
    session: AsyncSession, tenant_id: UUID, import_id: UUID, units: Mapping[str, tuple[datetime, int]]
) -> None:
    """Rows by key: the time of the earliest, and how many."""
    if not units:
        return
    given = as_table(
        [unit.c.key, unit.c.at, unit.c.rows], [(key, at, count) for key, (at, count) in sorted(units.items())]
    )
    statement = insert(unit).from_select(
        ["tenant_id", "import_id", "key", "at", "rows"],
        select(literal(tenant_id), literal(import_id), given.c.key, given.c.at, given.c.rows),
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "import_id", "key"],
            set_={
                "at": func.least(unit.c.at, statement.excluded.at),
                "rows": unit.c.rows + statement.excluded.rows,
            },
        )
    )


async def insert_faults(session: AsyncSession, rows: Sequence[Sequence[Any]]) -> None:
    """Of rows that are not staged, with their cells."""
    await insert_rows(session, fault, FAULT_COLUMNS, rows)


async def insert_faults_of_staged(
    session: AsyncSession, tenant_id: UUID, import_id: UUID, faults: Sequence[RowFault]
) -> None:
    if not faults:
        return
    given = as_table(
        [fault.c.row_number, fault.c.column_name, fault.c.code, fault.c.message],
        [(one.number, one.column, one.code, one.message) for one in faults],
    )
    chosen = select(
        literal(tenant_id), literal(import_id), given.c.row_number, given.c.column_name, given.c.code,
        given.c.message, case((given.c.code == SUBJECT_ERASED, cast([], JSONB)), else_=row.c.cells),
    ).join(row, row.c.number == given.c.row_number).where(*_of(row, tenant_id, import_id))  # fmt: skip
    await session.execute(insert(fault).from_select(list(FAULT_COLUMNS), chosen).on_conflict_do_nothing())


async def insert_faults_of_unit(
    session: AsyncSession, tenant_id: UUID, import_id: UUID, key: str, code: str, message: str
) -> None:
    """For a record of any number of rows."""
    chosen = select(
        row.c.tenant_id, row.c.import_id, row.c.number, cast(literal(None), SortableText), literal(code),
        literal(message), row.c.cells,
    ).where(*_of(row, tenant_id, import_id), row.c.key == key)  # fmt: skip
    await session.execute(insert(fault).from_select(list(FAULT_COLUMNS), chosen).on_conflict_do_nothing())


async def list_units(
    session: AsyncSession, tenant_id: UUID, import_id: UUID, after: tuple[datetime, str] | None, size: int
) -> list[Unit]:
    """In the order of time."""
    statement = select(*columns_of(Unit, unit)).where(*_of(unit, tenant_id, import_id))
    if after is not None:
        at, key = after
        statement = statement.where(tuple_(unit.c.at, unit.c.key) > tuple_(literal(at), literal(key)))
    statement = statement.order_by(unit.c.at, unit.c.key).limit(size)
    return [Unit(*found) for found in await session.execute(statement)]


async def list_staged(
    session: AsyncSession, tenant_id: UUID, import_id: UUID, keys: Sequence[str]
) -> dict[str, list[StagedRow]]:
    """The rows of each record, in the order of the file."""
    wanted = cast(list(keys), ARRAY(SortableText()))
    found = await session.execute(
        select(row.c.key, row.c.number, row.c.cells)
        .where(*_of(row, tenant_id, import_id), row.c.key == func.any(wanted))
        .order_by(row.c.number)
    )
    answer: dict[str, list[StagedRow]] = {key: [] for key in keys}
    for key, number, cells in found:
        answer[key].append(StagedRow(number, tuple(cells)))
    return answer


async def set_customers(session: AsyncSession, tenant_id: UUID, import_id: UUID, customers: Mapping[str, str]) -> None:
    if not customers:
        return
    given = as_table([unit.c.key, unit.c.customer], list(customers.items()))
    await session.execute(
        update(unit)
        .where(*_of(unit, tenant_id, import_id), unit.c.key == given.c.key)
        .values(customer=given.c.customer)
    )


async def count_customers(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> int:
    statement = select(func.count(distinct(unit.c.customer))).where(*_of(unit, tenant_id, import_id))
    return int((await session.execute(statement)).scalar_one())


async def delete_staged(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> bool:
    """Some rows, then some records; True while there are more."""
    if await _delete_some(session, row, row.c.number, tenant_id, import_id):
        return True
    return await _delete_some(session, unit, unit.c.key, tenant_id, import_id)


async def delete_faults(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> bool:
    """Some; True while there are more."""
    return await _delete_some(session, fault, fault.c.row_number, tenant_id, import_id)


async def _delete_some(
    session: AsyncSession, source: Any, column: ColumnElement[Any], tenant_id: UUID, import_id: UUID
) -> bool:
    """From the lowest on, up to the highest of the next so many: a range, which is read once whatever the planner takes
    the table's size for. (Looked for one by one in a list, a new table's rows cost the square of their number.)"""
    mine = _of(source, tenant_id, import_id)
    some = select(column.label("value")).where(*mine).order_by(column).limit(ROWS_AT_ONCE).subquery()
    highest = select(func.max(some.c.value)).scalar_subquery()
    deleted = await session.execute(delete(source).where(*mine, column <= highest).returning(literal(1)))
    return len(deleted.all()) > 0


def _of(source: Any, tenant_id: UUID, import_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return source.c.tenant_id == tenant_id, source.c.import_id == import_id
