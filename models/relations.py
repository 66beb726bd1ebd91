"""The children of many parents in one statement: what keeps a list of N parents from becoming N queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, Uuid, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.conditions import Condition
from models.database import Snapshot
from models.filters import Filters, sql_of
from models.keyset import Page, Position, Slice, SortKey, cut, page_of

R = TypeVar("R")

COUNT_LIMIT = 10_000
"""Counting stops here: beyond it a count says "at least"."""
NO_FILTERS: Final[Filters] = {}

PARENTS: Final = (
    func.unnest(bindparam("parents", type_=ARRAY(Uuid()))).table_valued("parent_id", name="parents").render_derived()
)


def columns_of(record: type[Any], source: Table) -> list[ColumnElement[Any]]:
    """The columns a record needs, in the order of its fields."""
    return [source.c[field.name] for field in fields(record)]


class Children(Generic[R]):
    """A one-to-many relation: which rows, as which record, by which column they point to the parent, in which order.

    `key.name` and `identity` are the record's fields that its place in the order is made of.
    """

    def __init__(
        self,
        record: type[R],
        source: Table,
        parent: str,
        key: SortKey,
        identity: str = "id",
        filters: Filters = NO_FILTERS,
    ) -> None:
        self.key = key
        self.filters = filters
        self._record = record
        self._source = source
        self._parent = parent
        self._identity = identity
        self._first_pages: dict[Page, Select[Any]] = {}

    def position(self, record: R) -> Position:
        return Position(getattr(record, self.key.name), getattr(record, self._identity))

    async def load(
        self,
        snapshot: Snapshot,
        parents: Sequence[UUID],
        page: Page,
        key: SortKey | None = None,
        condition: Condition | None = None,
    ) -> list[Slice[R]]:
        """One page of children for each parent, in the order of the parents."""
        plain = key is None and condition is None
        statement = self._select(page) if plain else self._build(page, key or self.key, snapshot.tenant_id, condition)
        by_parent: dict[UUID, list[Any]] = defaultdict(list)
        for row in await snapshot.rows(statement, _parameters(snapshot, parents)):
            by_parent[row[0]].append(row)
        answer: list[Slice[R]] = []
        for parent in parents:
            part = cut(by_parent[parent], page)
            records = tuple(self._record(*row[1:]) for row in part.items)
            answer.append(Slice(records, part.has_next, part.has_previous))
        return answer

    async def count(self, snapshot: Snapshot, parents: Sequence[UUID], condition: Condition | None = None) -> list[int]:
        """How many children each parent has, counted to one past COUNT_LIMIT."""
        statement = self._counts if condition is None else self._counted(self._narrowed(snapshot.tenant_id, condition))
        rows = await snapshot.rows(statement, _parameters(snapshot, parents))
        counts: dict[UUID, int] = {row[0]: row[1] for row in rows}
        return [counts.get(parent, 0) for parent in parents]

    def _select(self, page: Page) -> Select[Any]:
        """Each page size has a statement of its own, built once."""
        if page.position is not None:
            return self._build(page, self.key)
        if page not in self._first_pages:
            self._first_pages[page] = self._build(page, self.key)
        return self._first_pages[page]

    def _build(
        self, page: Page, key: SortKey, tenant_id: UUID | None = None, condition: Condition | None = None
    ) -> Select[Any]:
        inner = select(*columns_of(self._record, self._source)).where(*self._of_parents())
        if tenant_id is not None and condition is not None:
            inner = inner.where(self._narrowed(tenant_id, condition))
        lateral = page_of(inner, key, page).lateral("child")
        return select(PARENTS.c.parent_id, *lateral.c).select_from(PARENTS.join(lateral, literal(True)))

    @cached_property
    def _counts(self) -> Select[Any]:
        return self._counted()

    def _counted(self, *narrowed: ColumnElement[bool]) -> Select[Any]:
        one = select(literal(1).label("one")).select_from(self._source).where(*self._of_parents(), *narrowed)
        lateral = one.limit(COUNT_LIMIT + 1).lateral("child")
        counted = select(PARENTS.c.parent_id, func.count(lateral.c.one))
        return counted.select_from(PARENTS.join(lateral, literal(True))).group_by(PARENTS.c.parent_id)

    def _narrowed(self, tenant_id: UUID, condition: Condition) -> ColumnElement[bool]:
        return sql_of(tenant_id, condition, self.filters)

    def _of_parents(self) -> tuple[ColumnElement[bool], ...]:
        tenant_id = bindparam("tenant_id", type_=Uuid())
        return self._source.c.tenant_id == tenant_id, self._source.c[self._parent] == PARENTS.c.parent_id


def _parameters(snapshot: Snapshot, parents: Sequence[UUID]) -> dict[str, Any]:
    return {"tenant_id": snapshot.tenant_id, "parents": list(parents)}
