"""Who may read a field. Root fields, relations and types say what they need; leaves inherit; undeclared is denied.

A document is compiled once to the set of what it needs, which does not depend on who asks, and each request compares
that set with its principal's permissions: one error, before anything runs. The guard on each field is the second line.
"""

from collections.abc import Awaitable, Callable, Iterator
from enum import StrEnum
from typing import Any, Final

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.extensions import FieldExtension

from api.auth.permissions import Permission
from api.auth.principal import Caller, Principal
from api.cache.freshness import EVERYTHING, Freshness, Tag
from api.errors import CipError, ForbiddenError, LoginNeededError, PersonNeededError, UnauthenticatedError
from api.graphql.context import Context
from api.graphql.freshness import FRESHNESS
from api.graphql.plain import READY
from api.graphql.writes import Announce
from api.streams.feeds import Sharing


class Access(StrEnum):
    """For what needs no permission: PUBLIC even without a login. A source key is no login; an API key is, but no
    PERSON."""

    PUBLIC = "PUBLIC"
    AUTHENTICATED = "AUTHENTICATED"
    PERSON = "PERSON"


Requirement = Permission | Access
LOGINS: Final = frozenset({Access.AUTHENTICATED, Access.PERSON})
NEEDS: Final = "needs"
SHARING: Final = "sharing"
SHOWN_ONCE: Final = "shown-once"
Declare = Callable[[Callable[..., Any]], Any]
INTROSPECTION: Final = frozenset({"__schema", "__type"})


def refusal(caller: Caller | None, needs: frozenset[Requirement]) -> CipError | None:
    """The one error for everything that is missing, or None."""
    wanted = needs - {Access.PUBLIC}
    if not wanted:
        return None
    if caller is None:
        return UnauthenticatedError()
    if wanted & LOGINS and not isinstance(caller, Principal):
        return LoginNeededError()
    if Access.PERSON in wanted and isinstance(caller, Principal) and caller.is_program:
        return PersonNeededError()
    missing = sorted(need for need in wanted - LOGINS if need not in caller.permissions)
    return ForbiddenError(missing[0]) if missing else None


class Guard(FieldExtension):
    def __init__(self, needs: Requirement) -> None:
        self.needs = frozenset({needs})

    def resolve(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info[Context, None], **kwargs: Any
    ) -> Any:
        self._check(info)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info[Context, None], **kwargs: Any
    ) -> Any:
        self._check(info)
        return await next_(source, info, **kwargs)

    def _check(self, info: strawberry.Info[Context, None]) -> None:
        if (refused := refusal(info.context.maybe_caller, self.needs)) is not None:
            raise refused


def field(needs: Requirement, description: str, *, cached: Freshness | None = None, name: str | None = None) -> Declare:
    """A query field or relation, with what it needs. An operation is cached when each of its fields says it may be.
    `name` is for one that Python would not allow."""
    metadata = {NEEDS: needs} if cached is None else {NEEDS: needs, FRESHNESS: cached}
    declare: Declare = strawberry.field(
        name=name, description=description, metadata=metadata, extensions=[Guard(needs)]
    )
    return declare


def resolved(description: str, *, ready: Callable[[Any, Context], Any] | None = None) -> Declare:
    """A leaf that is worked out; it inherits what its type needs. `ready`: the same without waiting, see READY."""
    metadata = {} if ready is None else {READY: ready}
    declare: Declare = strawberry.field(description=description, metadata=metadata)
    return declare


def mutation(
    needs: Requirement, description: str, *, changes: frozenset[Tag] = EVERYTHING, secret: bool = False
) -> Declare:
    """`changes`: which cached answers it makes untrue; all of the tenant's, unless it says less. `secret`: its answer
    holds what is shown once, and is not kept for whoever sends the same again."""
    extensions = [Guard(needs), Announce(changes)]
    metadata = {NEEDS: needs, SHOWN_ONCE: secret}
    declare: Declare = strawberry.mutation(description=description, metadata=metadata, extensions=extensions)
    return declare


def subscription(needs: Requirement, description: str, sharing: Sharing | None = None) -> Declare:
    """Its first line is the check of the document; the second is the principal that its resolver asks for.

    With `sharing`, one execution serves all subscribers that may have the same messages: see Sharing for what the
    field promises by that. Without, each subscriber has an execution of its own.
    """
    metadata = {NEEDS: needs, SHARING: sharing}
    declare: Declare = strawberry.subscription(description=description, metadata=metadata)
    return declare


class PermissionMap:
    """What each field and each type of a schema needs, read from their declarations."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema: GraphQLSchema = schema._schema
        self._types: dict[str, Requirement] = {}
        self._fields: dict[tuple[str, str], Requirement] = {}
        for name, graphql_type in self._schema.type_map.items():
            if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
                self._read(name, graphql_type)

    def _read(self, name: str, graphql_type: GraphQLObjectType | GraphQLInterfaceType) -> None:
        definition = graphql_type.extensions["strawberry-definition"]
        declared = getattr(definition.origin, "__needs__", None)
        if declared is not None:
            self._types[name] = declared
        for field_name, graphql_field in graphql_type.fields.items():
            needs = graphql_field.extensions["strawberry-definition"].metadata.get(NEEDS)
            if needs is not None:
                self._fields[name, field_name] = needs

    @property
    def declared_fields(self) -> frozenset[tuple[str, str]]:
        """Root fields and relations, as (type, field)."""
        return frozenset(self._fields)

    def needs_of(self, type_name: str, field_name: str) -> frozenset[Requirement]:
        """What a document needs to ask for this field, beside what its way there needs."""
        parent = self._schema.type_map[type_name]
        assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
        target = get_named_type(parent.fields[field_name].type)
        found = self._fields.get((type_name, field_name)), self._types.get(type_name), self._types.get(target.name)
        return frozenset(needs for needs in found if needs is not None)

    def is_secret(self, name: str) -> bool:
        """Whether a mutation's answer may not be kept."""
        root = self._schema.mutation_type
        found = None if root is None else root.fields.get(name)
        return found is None or bool(found.extensions["strawberry-definition"].metadata.get(SHOWN_ONCE))

    def undeclared(self) -> list[str]:
        """Root fields and types that say nothing: the server does not start with any."""
        roots = {
            root.name: root
            for root in (self._schema.query_type, self._schema.mutation_type, self._schema.subscription_type)
            if root is not None
        }
        fields = [
            f"{name}.{field_name}"
            for name, root in roots.items()
            for field_name in root.fields
            if (name, field_name) not in self._fields
        ]
        types = [
            name
            for name, graphql_type in self._schema.type_map.items()
            if isinstance(graphql_type, GraphQLObjectType | GraphQLInterfaceType)
            and not name.startswith("__")
            and name not in roots
            and name not in self._types
        ]
        return fields + types

    def compile(self, document: DocumentNode) -> frozenset[Requirement]:
        return frozenset(_Compiler(self._schema, self._types, self._fields, document).run())


class _Compiler:
    """One walk over a document; each fragment is walked once, so the work is linear in the document's length."""

    def __init__(
        self,
        schema: GraphQLSchema,
        types: dict[str, Requirement],
        fields: dict[tuple[str, str], Requirement],
        document: DocumentNode,
    ) -> None:
        self._schema = schema
        self._types = types
        self._fields = fields
        self._document = document
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._walked: set[str] = set()

    def run(self) -> Iterator[Requirement]:
        for node in self._document.definitions:
            if isinstance(node, OperationDefinitionNode):
                yield from self._selections(node.selection_set, self._schema.get_root_type(node.operation))

    def _selections(
        self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None
    ) -> Iterator[Requirement]:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                yield from self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                on = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                yield from self._type(on)
                yield from self._selections(node.selection_set, on)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self._walked:
                self._walked.add(node.name.value)
                fragment = self._fragments.get(node.name.value)
                if fragment is not None:
                    on = self._schema.get_type(fragment.type_condition.name.value)
                    yield from self._type(on)
                    yield from self._selections(fragment.selection_set, on)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Iterator[Requirement]:
        name = node.name.value
        if name in INTROSPECTION:
            yield Access.AUTHENTICATED
            return
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or name not in parent.fields:
            return
        if (parent.name, name) in self._fields:
            yield self._fields[parent.name, name]
        found = get_named_type(parent.fields[name].type)
        yield from self._type(found)
        yield from self._selections(node.selection_set, found)

    def _type(self, named: GraphQLNamedType | None) -> Iterator[Requirement]:
        if named is not None and named.name in self._types:
            yield self._types[named.name]
