"""The children of many parents in one statement: what keeps a list of N parents from becoming N queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, Uuid, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.database import Snapshot
from models.keyset import Page, Position, Slice, SortKey, cut, page_of

R = TypeVar("R")

COUNT_LIMIT = 10_000
"""Counting stops here: beyond it a count says "at least"."""


def columns_of(record: type[Any], source: Table) -> list[ColumnElement[Any]]:
    """The columns a record needs, in the order of its fields."""
    return [source.c[field.name] for field in fields(record)]


class Children(Generic[R]):
    """A one-to-many relation: which rows, as which record, by which column they point to the parent, in which order.

    `key.name` and `identity` are the record's fields that its place in the order is made of.
    """

    def __init__(self, record: type[R], source: Table, parent: str, key: SortKey, identity: str = "id") -> None:
        self.key = key
        self._record = record
        self._source = source
        self._parent = parent
        self._identity = identity

    def position(self, record: R) -> Position:
        return Position(getattr(record, self.key.name), getattr(record, self._identity))

    async def load(self, snapshot: Snapshot, parents: Sequence[UUID], page: Page) -> list[Slice[R]]:
        """One page of children for each parent, in the order of the parents."""
        by_parent: dict[UUID, list[Any]] = defaultdict(list)
        for row in await snapshot.rows(self._select(snapshot.tenant_id, parents, page)):
            by_parent[row[0]].append(row)
        answer: list[Slice[R]] = []
        for parent in parents:
            part = cut(by_parent[parent], page)
            records = tuple(self._record(*row[1:]) for row in part.items)
            answer.append(Slice(records, part.has_next, part.has_previous))
        return answer

    async def count(self, snapshot: Snapshot, parents: Sequence[UUID]) -> list[int]:
        """How many children each parent has, counted to one past COUNT_LIMIT."""
        rows = await snapshot.rows(self._select_counts(snapshot.tenant_id, parents))
        counts: dict[UUID, int] = {row[0]: row[1] for row in rows}
        return [counts.get(parent, 0) for parent in parents]

    def _select(self, tenant_id: UUID, parents: Sequence[UUID], page: Page) -> Select[Any]:
        ids = _ids(parents)
        inner = select(*columns_of(self._record, self._source)).where(*self._of(tenant_id, ids))
        lateral = page_of(inner, self.key, page).lateral("child")
        return select(ids.c.parent_id, *lateral.c).select_from(ids.join(lateral, literal(True)))

    def _select_counts(self, tenant_id: UUID, parents: Sequence[UUID]) -> Select[Any]:
        ids = _ids(parents)
        one = select(literal(1).label("one")).select_from(self._source).where(*self._of(tenant_id, ids))
        lateral = one.limit(COUNT_LIMIT + 1).lateral("child")
        counted = select(ids.c.parent_id, func.count(lateral.c.one)).select_from(ids.join(lateral, literal(True)))
        return counted.group_by(ids.c.parent_id)

    def _of(self, tenant_id: UUID, ids: Any) -> tuple[ColumnElement[bool], ...]:
        return self._source.c.tenant_id == tenant_id, self._source.c[self._parent] == ids.c.parent_id


def _ids(parents: Sequence[UUID]) -> Any:
    wanted = func.unnest(cast(list(parents), ARRAY(Uuid))).table_valued("parent_id", name="parents")
    return wanted.render_derived()
