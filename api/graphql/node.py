"""Relay's Node: every object that has an id can be read again by it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import strawberry

from api.graphql.context import Context, Info
from api.graphql.ids import parse_global_id
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
            type_name, key = parse_global_id(id)
            source = sources.get(type_name)
            if source is None:
                return None
            if (refused := refusal(info.context.caller, frozenset({source.needs}))) is not None:
                raise refused
            found: Node | None = await source.load(info.context, key)
            return found

    return NodeQuery
