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

SCHEMA_ROOTS: Final = ("Query", "Mutation", "Subscription")
PAGE: Final = 4

FieldName = tuple[str, str]


class Crawler:
    """`seen` collects each field of each type that some document has asked for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.seen: set[FieldName] = set()

    def document(self, root: str, field: str) -> str:
        """With the root field's own arguments as variables."""
        parent = self._schema.type_map[root]
        assert isinstance(parent, GraphQLObjectType)
        definition = parent.fields[field]
        self.seen.add((root, field))
        declared = ", ".join(f"${name}: {argument.type}" for name, argument in definition.args.items())
        passed = ", ".join(f"{name}: ${name}" for name in definition.args)
        head = f"{root.lower()} Crawl{f'({declared})' if declared else ''}"
        return f"{head} {{ {field}{f'({passed})' if passed else ''}{self._braces(definition, (root,))} }}"

    def _braces(self, field: GraphQLField, path: tuple[str, ...]) -> str:
        named = get_named_type(field.type)
        if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        return f" {{ {' '.join(self._selections(named, (*path, named.name)))} }}"

    def _selections(self, parent: GraphQLNamedType, path: tuple[str, ...], alias: str = "") -> Iterator[str]:
        """`alias` goes before each name: fields of different types may not answer under one."""
        yield "__typename"
        if isinstance(parent, GraphQLInterfaceType):
            self.seen |= {(parent.name, name) for name in parent.fields}
            yield from parent.fields
            for possible in self._schema.get_possible_types(parent):
                fields = self._selections(possible, (*path, possible.name), alias=f"{possible.name}_")
                yield f"... on {possible.name} {{ {' '.join(fields)} }}"
            return
        assert isinstance(parent, GraphQLObjectType)
        for name, field in parent.fields.items():
            if get_named_type(field.type).name in path:
                continue  # a relation that leads back
            self.seen.add((parent.name, name))
            arguments = f"(first: {PAGE})" if "first" in field.args else ""
            label = f"{alias}{name}: " if alias else ""
            yield f"{label}{name}{arguments}{self._leaves(field) if alias else self._braces(field, path)}"

    def _leaves(self, field: GraphQLField) -> str:
        """What `node` leads to, without its relations: those are asked for at root fields, and a document has an end.
        Only connections and their parts are gone through."""
        named = get_named_type(field.type)
        if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            return ""
        if named.name.endswith(("Connection", "Edge", "TotalCount", "PageInfo")):
            inner = list(named.fields.items())
        else:
            inner = [(name, part) for name, part in named.fields.items() if _is_leaf(part)]
        self.seen |= {(named.name, name) for name, _ in inner}
        return f" {{ __typename {' '.join(f'{name}{self._leaves(part)}' for name, part in inner)} }}"


def _is_leaf(field: GraphQLField) -> bool:
    return not isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLInterfaceType)


def root_fields(schema: GraphQLSchema) -> set[FieldName]:
    return {name for name in output_fields(schema) if name[0] in SCHEMA_ROOTS}


def output_fields(schema: GraphQLSchema) -> set[FieldName]:
    return {
        (type_name, field)
        for type_name, named in schema.type_map.items()
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) and not type_name.startswith("__")
        for field in named.fields
    }
