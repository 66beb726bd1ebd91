"""A tenant's rows as a list: what makes a record, what it can be narrowed down to, what an index sorts it by."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from models.conditions import Condition
from models.database import AnyRow, Snapshot
from models.filters import Filters, sql_of
from models.keyset import Page, Position, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

R = TypeVar("R")
NOTHING_ELSE: Final[Mapping[str, str]] = {}


class RowList(Generic[R]):
    """`sorts` are what it can be sorted by, its own order first: each must have an index. `attributes` are the
    record's fields where they differ from the names of the sorts; `source` is joined rows, when a table is not enough.
    """

    def __init__(
        self,
        record: type[R],
        table: Any,
        sorts: Sequence[SortKey],
        filters: Filters,
        *,
        columns: Sequence[ColumnElement[Any]] | None = None,
        source: FromClause | None = None,
        attributes: Mapping[str, str] = NOTHING_ELSE,
        identity: str = "id",
    ) -> None:
        self.sorts = {key.name: key for key in sorts}
        self.own_order = sorts[0]
        self.filters = filters
        self._record = record
        self._tenant = table.c.tenant_id
        self._columns = columns_of(record, table) if columns is None else columns
        self._source = table if source is None else source
        self._attributes = {key.name: attributes.get(key.name, key.name) for key in sorts}
        self._identity = identity

    def position(self, key: SortKey, record: R) -> Position:
        return Position(getattr(record, self._attributes[key.name]), getattr(record, self._identity))

    def record_of(self, row: AnyRow) -> R:
        return self._record(*row)

    async def page(self, snapshot: Snapshot, condition: Condition, key: SortKey, page: Page) -> Slice[R]:
        chosen = self._where(select(*self._columns), snapshot, condition)
        part = cut(await snapshot.rows(page_of(chosen, key, page)), page)
        return Slice(tuple(map(self.record_of, part.items)), part.has_next, part.has_previous)

    async def count(self, snapshot: Snapshot, condition: Condition) -> int:
        """Counted to one past COUNT_LIMIT."""
        chosen = self._where(select(self.own_order.identity), snapshot, condition)
        return int(await snapshot.scalar(select(func.count()).select_from(chosen.limit(COUNT_LIMIT + 1).subquery())))

    def _where(self, statement: Select[Any], snapshot: Snapshot, condition: Condition) -> Select[Any]:
        tenant_id = snapshot.tenant_id
        return statement.select_from(self._source).where(
            self._tenant == tenant_id, sql_of(tenant_id, condition, self.filters)
        )
