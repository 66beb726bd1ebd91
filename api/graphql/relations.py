"""A relation as a connection: one page of children a parent, fetched for all parents of a level at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from api.graphql.connections import Connection, Paging
from api.graphql.context import Context
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
    ) -> Connection[N]:
        paging = Paging.of(context, self.name, self.children.key, str(parent))
        page = paging.page(context, first=first, after=after, last=last, before=before)

        async def count() -> int:
            return await context.loader(self.children.count, UUID).load(parent)

        part = await context.loader(self.children.load, UUID, page).load(parent)
        return paging.connect(context, part, self.node, self.children.position, count)
