"""Relay's Node: every object that has an id can be read again by it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from api.errors import BadInputError
from api.graphql.context import Context, Info
from api.graphql.ids import parse_global_id
from api.graphql.measuring import LARGEST_PAGE
from api.graphql.permissions import Access, Requirement, field, refusal


@strawberry.interface(description="An object with an id of its own.")
class Node:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    id: strawberry.ID


@dataclass(frozen=True, slots=True)
class NodeSource:
    """How a type's objects are found by key, and what reading them needs."""

    needs: Requirement
    load: Callable[[Context, UUID], Awaitable[Any]]


def node_query(sources: Mapping[str, NodeSource]) -> type:
    @strawberry.type
    class NodeQuery:
        @field(Access.AUTHENTICATED, "Any object by its id; null when there is none, or none of yours.")
        async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
            [found] = await _load(info.context, sources, [parse_global_id(id)])
            return found

        @field(
            Access.AUTHENTICATED,
            f"Up to {LARGEST_PAGE} objects by their ids, in that order; null for each that is not there, or not yours.",
        )
        async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
            if len(ids) > LARGEST_PAGE:
                raise BadInputError(f"Ask for at most {LARGEST_PAGE} objects, not {len(ids)}.", path=("ids",))
            return await _load(info.context, sources, [_parsed(place, one) for place, one in enumerate(ids)])

    return NodeQuery


def _parsed(place: int, one: str) -> tuple[str, UUID]:
    try:
        return parse_global_id(one)
    except BadInputError as error:
        raise BadInputError(error.message, path=("ids", str(place))) from error


async def _load(
    context: Context, sources: Mapping[str, NodeSource], wanted: Sequence[tuple[str, UUID]]
) -> list[Node | None]:
    """All at once, so that each type's are read together."""
    needs = frozenset(sources[name].needs for name, _ in wanted if name in sources)
    if (refused := refusal(context.caller, needs)) is not None:
        raise refused
    return list(await asyncio.gather(*(_one(context, sources.get(name), key) for name, key in wanted)))


async def _one(context: Context, source: NodeSource | None, key: UUID) -> Node | None:
    if source is None:
        return None
    found: Node | None = await source.load(context, key)
    return found
