"""Relay connections over keyset pages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, ClassVar, Generic, TypeVar

import strawberry

from api.errors import BadInputError
from api.graphql.context import Context
from api.graphql.cursors import decode, encode
from api.graphql.permissions import Access, Requirement, resolved
from models.keyset import Page, Position, Slice, SortKey
from models.relations import COUNT_LIMIT

N = TypeVar("N")
R = TypeVar("R")

MAXIMUM_PAGE = 100

First = Annotated[int | None, strawberry.argument(description="How many from the front, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the back, 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="Only what precedes this cursor.")]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.enum(description="Whether a count is exact or stopped at its limit.")
class Precision(Enum):
    EXACT = "EXACT"
    AT_LEAST = "AT_LEAST"


@strawberry.type(description="How many there are in all; counting stops at 10,000.")
class TotalCount:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    value: int
    precision: Precision


@strawberry.type(description="One item of a page.")
class Edge(Generic[N]):
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    cursor: str
    node: N


@strawberry.type(description="One page of a list.")
class Connection(Generic[N]):
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    edges: list[Edge[N]]
    page_info: PageInfo
    counter: strawberry.Private[Callable[[], Awaitable[int]]]

    @resolved("The items without their cursors.")
    def nodes(self) -> list[N]:
        return [edge.node for edge in self.edges]

    @resolved("How many there are without paging.")
    async def total_count(self) -> TotalCount:
        counted = await self.counter()
        if counted > COUNT_LIMIT:
            return TotalCount(value=COUNT_LIMIT, precision=Precision.AT_LEAST)
        return TotalCount(value=counted, precision=Precision.EXACT)


@dataclass(frozen=True, slots=True)
class Paging:
    """A list's order, and the name that its cursors are bound to."""

    key: SortKey
    binding: str

    @classmethod
    def of(cls, context: Context, name: str, key: SortKey, *filters: str | None) -> "Paging":
        direction = "desc" if key.descending else "asc"
        bound = (str(context.tenant_id), name, key.name, direction, *(repr(part) for part in filters))
        return cls(key, "|".join(bound))

    def page(
        self, context: Context, *, first: int | None, after: str | None, last: int | None, before: str | None
    ) -> Page:
        if (first is None) == (last is None):
            raise BadInputError("Give first or last, and only one of them.", path=("first",))
        forward = first is not None
        if (before if forward else after) is not None:
            raise BadInputError("Use after with first, and before with last.", path=("before" if forward else "after",))
        size = first if first is not None else last
        assert size is not None
        if not 1 <= size <= MAXIMUM_PAGE:
            raise BadInputError(
                f"A page has 1 to {MAXIMUM_PAGE} items, not {size}.", path=("first" if forward else "last",)
            )
        cursor = after if forward else before
        position = None
        if cursor is not None:
            argument = "after" if forward else "before"
            keys = tuple(one.cursor for one in context.services.keys.all)
            position = decode(keys, self.binding, cursor, argument)
        return Page(size, position, backward=not forward)

    def connect(
        self,
        context: Context,
        part: Slice[R],
        node: Callable[[R], N],
        position: Callable[[R], Position],
        counter: Callable[[], Awaitable[int]],
    ) -> Connection[N]:
        seal = context.services.keys.cursor
        edges = [Edge(cursor=encode(seal, self.binding, position(item)), node=node(item)) for item in part.items]
        return Connection(
            edges=edges,
            page_info=PageInfo(
                has_next_page=part.has_next,
                has_previous_page=part.has_previous,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
            counter=counter,
        )
