"""A relation as a connection: one page of children a parent, fetched for all parents of a level at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from api.graphql.connections import Connection, Paging
from api.graphql.context import Context
from api.graphql.lists import Order, sort_of
from api.graphql.where import condition_of
from models.relations import Children

N = TypeVar("N")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Relation(Generic[R, N]):
    """`name` is what its cursors are bound to, together with the parent."""

    name: str
    children: Children[R]
    node: Callable[[R], N]

    async def connect(
        self,
        context: Context,
        parent: UUID,
        first: int | None,
        after: str | None,
        last: int | None,
        before: str | None,
        where: object | None = None,
        order_by: Sequence[Order] | None = None,
    ) -> Connection[N]:
        own = self.children.key
        key = sort_of(own, {own.name: own}, order_by)
        condition = None if where is None else condition_of(where)
        paging = Paging.of(context, self.name, key, str(parent), None if condition is None else repr(condition))
        page = paging.page(context, first=first, after=after, last=last, before=before)
        narrowed = () if condition is None else (condition,)
        plain = key == own and condition is None

        async def count() -> int:
            return await context.loader(self.children.count, UUID, *narrowed).load(parent)

        arguments = (page,) if plain else (page, key, condition)
        part = await context.loader(self.children.load, UUID, *arguments).load(parent)
        return paging.connect(context, part, self.node, self.children.position, count)
