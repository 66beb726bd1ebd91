"""Documents that ask for everything a root field can give, made from the schema."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from api.graphql.limits import MAXIMUM_DEPTH

SCHEMA_ROOTS: Final = ("Query", "Mutation", "Subscription")
PAGE: Final = 2
FIELDS: Final = 400
"""Of one document: half of what an operation may ask for."""

FieldName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A field with its arguments, or a fragment's condition, and what is asked for in it."""

    head: str
    inner: tuple["Asked", ...] = ()

    @property
    def size(self) -> int:
        return 1 + (1 + sum(one.size for one in self.inner) if self.inner else 0)

    def __str__(self) -> str:
        return f"{self.head} {{ __typename {' '.join(map(str, self.inner))} }}" if self.inner else self.head


def pieces(asked: tuple[Asked, ...], most: int) -> Iterator[tuple[Asked, ...]]:
    """The same in parts of at most so many fields."""
    part: list[Asked] = []
    for one in asked:
        if one.size > most:
            for inner in pieces(one.inner, most - 2):
                yield (Asked(one.head, inner),)
            continue
        if part and sum(known.size for known in part) + one.size > most:
            yield tuple(part)
            part = []
        part.append(one)
    if part:
        yield tuple(part)


class Crawler:
    """`seen` collects each field of each type that some document has asked for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.seen: set[FieldName] = set()
        self._only: str | None = None

    def documents(self, root: str, field: str, most: int = FIELDS) -> Iterator[tuple[str, str]]:
        """(type, document): for each type that the field can give, in parts when there is much of it. What changes
        something is sent once, and not asked for what its objects are related to."""
        definition = self._fields(root)[field]
        named = get_named_type(definition.type)
        possible = self._schema.get_possible_types(named) if isinstance(named, GraphQLInterfaceType) else [named]
        for one in possible:
            self._only = one.name
            inner = self._inner(definition, (root,))
            for part in pieces(inner, most) if root == "Query" and inner else [inner]:
                yield one.name, self._document(root, field, part)

    def document(self, root: str, field: str) -> str:
        """The first of them: all of it for a mutation."""
        return next(self.documents(root, field))[1]

    def _document(self, root: str, field: str, inner: tuple[Asked, ...]) -> str:
        """With the root field's own arguments as variables."""
        definition = self._fields(root)[field]
        self.seen.add((root, field))
        declared = ", ".join(f"${name}: {argument.type}" for name, argument in definition.args.items())
        passed = ", ".join(f"{name}: ${name}" for name in definition.args)
        head = f"{root.lower()} Crawl{f'({declared})' if declared else ''}"
        return f"{head} {{ {Asked(f'{field}({passed})' if passed else field, inner)} }}"

    def _fields(self, root: str) -> dict[str, GraphQLField]:
        parent = self._schema.type_map[root]
        assert isinstance(parent, GraphQLObjectType)
        fields: dict[str, GraphQLField] = parent.fields
        return fields

    def _inner(self, field: GraphQLField, path: tuple[str, ...]) -> tuple[Asked, ...]:
        named = get_named_type(field.type)
        if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            return ()
        if self._has_its_own_turn(named, path):
            return (Asked("id"),)
        return tuple(self._selections(named, (*path, named.name)))

    def _has_its_own_turn(self, named: GraphQLNamedType, path: tuple[str, ...]) -> bool:
        """Below an interface every possible type is asked for everything once; asking wherever they point to each other
        too would make a document that is too long to be read. What a mutation gives is asked for everything there."""
        interfaces = [
            parent for name in path if isinstance(parent := self._schema.type_map[name], GraphQLInterfaceType)
        ]
        if path[0] != "Query" and len(path) > 2 and isinstance(named, GraphQLObjectType) and "id" in named.fields:
            return True
        return named.name not in path and any(
            named in self._schema.get_possible_types(interface) for interface in interfaces
        )

    def _selections(self, parent: GraphQLNamedType, path: tuple[str, ...]) -> Iterator[Asked]:
        if isinstance(parent, GraphQLInterfaceType):
            self.seen |= {(parent.name, name) for name in parent.fields}
            yield from map(Asked, parent.fields)
            for possible in self._schema.get_possible_types(parent):
                if possible.name == self._only:
                    yield Asked(f"... on {possible.name}", tuple(self._selections(possible, (*path, possible.name))))
            return
        assert isinstance(parent, GraphQLObjectType)
        for name, field in parent.fields.items():
            named = get_named_type(field.type)
            leads_on = isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
            if named.name in path:
                continue  # a relation that leads back
            if leads_on and len(path) >= MAXIMUM_DEPTH:
                continue  # one that leads deeper than an operation may go
            self.seen.add((parent.name, name))
            arguments = f"(first: {PAGE})" if "first" in field.args else ""
            yield Asked(f"{name}{arguments}", self._inner(field, path))


def root_fields(schema: GraphQLSchema) -> set[FieldName]:
    return {name for name in output_fields(schema) if name[0] in SCHEMA_ROOTS}


def output_fields(schema: GraphQLSchema) -> set[FieldName]:
    return {
        (type_name, field)
        for type_name, named in schema.type_map.items()
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) and not type_name.startswith("__")
        for field in named.fields
    }
