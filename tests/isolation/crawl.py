"""Documents that ask for everything a root field can give, made from the schema."""

from collections.abc import Iterator
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
PAGE: Final = 4

FieldName = tuple[str, str]


class Crawler:
    """`seen` collects each field of each type that some document has asked for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.seen: set[FieldName] = set()
        self._only: str | None = None

    def documents(self, root: str, field: str) -> Iterator[tuple[str, str]]:
        """(type, document): one for each type that the field can give, since together they would be too large."""
        named = get_named_type(self._fields(root)[field].type)
        if not isinstance(named, GraphQLInterfaceType):
            yield named.name, self.document(root, field)
            return
        for possible in self._schema.get_possible_types(named):
            yield possible.name, self.document(root, field, possible.name)

    def document(self, root: str, field: str, only: str | None = None) -> str:
        """With the root field's own arguments as variables. `only`: the one type of an interface that counts."""
        self._only = only
        definition = self._fields(root)[field]
        self.seen.add((root, field))
        declared = ", ".join(f"${name}: {argument.type}" for name, argument in definition.args.items())
        passed = ", ".join(f"{name}: ${name}" for name in definition.args)
        head = f"{root.lower()} Crawl{f'({declared})' if declared else ''}"
        return f"{head} {{ {field}{f'({passed})' if passed else ''}{self._braces(definition, (root,))} }}"

    def _fields(self, root: str) -> dict[str, GraphQLField]:
        parent = self._schema.type_map[root]
        assert isinstance(parent, GraphQLObjectType)
        fields: dict[str, GraphQLField] = parent.fields
        return fields

    def _braces(self, field: GraphQLField, path: tuple[str, ...]) -> str:
        named = get_named_type(field.type)
        if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        if self._has_its_own_turn(named, path):
            return " { __typename id }"
        return f" {{ {' '.join(self._selections(named, (*path, named.name)))} }}"

    def _has_its_own_turn(self, named: GraphQLNamedType, path: tuple[str, ...]) -> bool:
        """Below an interface every possible type is asked for everything once; asking wherever they point to each other
        too would make a document that is too long to be read."""
        interfaces = [
            parent for name in path if isinstance(parent := self._schema.type_map[name], GraphQLInterfaceType)
        ]
        return named.name not in path and any(
            named in self._schema.get_possible_types(interface) for interface in interfaces
        )

    def _selections(self, parent: GraphQLNamedType, path: tuple[str, ...]) -> Iterator[str]:
        yield "__typename"
        if isinstance(parent, GraphQLInterfaceType):
            self.seen |= {(parent.name, name) for name in parent.fields}
            yield from parent.fields
            for possible in self._schema.get_possible_types(parent):
                if self._only in {None, possible.name}:
                    fields = self._selections(possible, (*path, possible.name))
                    yield f"... on {possible.name} {{ {' '.join(fields)} }}"
            return
        assert isinstance(parent, GraphQLObjectType)
        for name, field in parent.fields.items():
            named = get_named_type(field.type)
            if named.name in path:
                continue  # a relation that leads back
            if len(path) >= MAXIMUM_DEPTH and isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
                continue  # one that leads deeper than an operation may go
            self.seen.add((parent.name, name))
            arguments = f"(first: {PAGE})" if "first" in field.args else ""
            yield f"{name}{arguments}{self._braces(field, path)}"


def root_fields(schema: GraphQLSchema) -> set[FieldName]:
    return {name for name in output_fields(schema) if name[0] in SCHEMA_ROOTS}


def output_fields(schema: GraphQLSchema) -> set[FieldName]:
    return {
        (type_name, field)
        for type_name, named in schema.type_map.items()
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) and not type_name.startswith("__")
        for field in named.fields
    }
