"""Lists as connections: narrowed down by `where`, sorted by `orderBy`, paged from one snapshot."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

import strawberry

from api.errors import BadInputError
from api.graphql.connections import Connection, Paging
from api.graphql.context import Context
from api.graphql.where import condition_of
from models.conditions import EVERYTHING, All, Condition
from models.keyset import Position, SortKey
from models.listing import RowList

N = TypeVar("N")
R = TypeVar("R")


@strawberry.enum(description="Up or down; missing values come last in both.")
class SortDirection(Enum):
    ASC = "ASC"
    DESC = "DESC"


class Order(Protocol):
    """An input of `orderBy`: its field's value names the sort."""

    @property
    def field(self) -> Any: ...
    @property
    def direction(self) -> SortDirection: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of a list. `where` is an input with AND, OR, NOT and operators."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None
    where: object | None = None
    order_by: Sequence[Order] | None = None


@dataclass(frozen=True, slots=True)
class List(Generic[R, N]):
    """`name` is what its cursors are bound to. `nodes` makes those of a whole page, where one by one is not enough."""

    name: str
    rows: RowList[R]
    node: Callable[[R], N] | None = None
    nodes: Callable[[list[R]], Awaitable[list[N]]] | None = None

    async def connect(
        self, context: Context, asked: Asked, fixed: Condition = EVERYTHING, always: Condition = EVERYTHING
    ) -> Connection[N]:
        """`fixed` comes from other arguments, to which the cursors are bound too. `always` may change with time."""
        rows = self.rows
        wanted = condition_of(asked.where)
        key = sort_of(rows.own_order, rows.sorts, asked.order_by)
        paging = Paging.of(context, self.name, key, repr(fixed), repr(wanted))
        page = paging.page(context, first=asked.first, after=asked.after, last=asked.last, before=asked.before)
        condition = All((always, fixed, wanted))

        def position(record: R) -> Position:
            return rows.position(key, record)

        async def count() -> int:
            return await rows.count(context.snapshot, condition)

        part = await rows.page(context.snapshot, condition, key, page)
        made = iter(await self._nodes(list(part.items)))
        return paging.connect(context, part, lambda _: next(made), position, count)

    async def _nodes(self, records: list[R]) -> list[N]:
        if self.nodes is not None:
            return await self.nodes(records)
        assert self.node is not None
        return [self.node(record) for record in records]


def sort_of(own_order: SortKey, sorts: dict[str, SortKey], order_by: Sequence[Order] | None) -> SortKey:
    """The list's own order when no other is asked for."""
    if not order_by:
        return own_order
    if len(order_by) > 1:
        raise BadInputError("A list is ordered by one field at a time; ids decide between equals.", path=("orderBy",))
    [asked] = order_by
    return replace(sorts[asked.field.value], descending=asked.direction is SortDirection.DESC)
