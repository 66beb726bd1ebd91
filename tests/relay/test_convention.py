"""Every list of the schema follows Relay's convention and ours, those that come later too."""

from collections.abc import Iterator
from typing import Final

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type

from api.schema import make_schema

schema = make_schema()._schema

PAGING: Final = {"first": "Int", "after": "String", "last": "Int", "before": "String"}
PAGE_INFO: Final = {
    "hasNextPage": "Boolean!",
    "hasPreviousPage": "Boolean!",
    "startCursor": "String",
    "endCursor": "String",
}
BOUNDED: Final = {
    "Query.metrics": "the catalogue, which is code",
    "Query.importFields": "the fields of a kind, which are code",
    "Query.customerCountries": "the most frequent ones, up to a limit",
}
"""Root lists that cannot grow, and so are no connections."""


def _fields() -> Iterator[tuple[str, GraphQLField]]:
    for type_name, named in schema.type_map.items():
        if isinstance(named, GraphQLObjectType) and not type_name.startswith("__"):
            for name, field in named.fields.items():
                yield f"{type_name}.{name}", field


def _connections() -> dict[str, GraphQLField]:
    return {name: field for name, field in _fields() if str(get_named_type(field.type)).endswith("Connection")}


def _shape(named: object) -> dict[str, str]:
    assert isinstance(named, GraphQLObjectType)
    return {name: str(field.type) for name, field in named.fields.items()}


def test_there_are_connections() -> None:
    assert {"Query.customers", "Query.events", "Customer.orders", "Conversation.messages"} <= set(_connections())


def test_every_connection_takes_the_four_arguments_and_is_never_null() -> None:
    for name, field in _connections().items():
        taken = {argument: str(field.args[argument].type) for argument in PAGING if argument in field.args}
        assert taken == PAGING, name
        assert isinstance(field.type, GraphQLNonNull), name


def test_every_connection_has_edges_nodes_page_info_and_a_total() -> None:
    for name, field in _connections().items():
        connection = get_named_type(field.type)
        node = str(connection).removesuffix("Connection")
        assert _shape(connection) == {
            "edges": f"[{node}Edge!]!",
            "pageInfo": "PageInfo!",
            "nodes": f"[{node}!]!",
            "totalCount": "TotalCount!",
        }, name
        assert _shape(schema.type_map[f"{node}Edge"]) == {"cursor": "String!", "node": f"{node}!"}, name
    assert _shape(schema.type_map["PageInfo"]) == PAGE_INFO
    assert _shape(schema.type_map["TotalCount"]) == {"value": "Int!", "precision": "Precision!"}


def test_only_connections_take_paging_arguments() -> None:
    others = {name for name, field in _fields() if PAGING.keys() & field.args.keys()} - set(_connections())
    assert others == set()


def test_orders_and_filters_are_typed() -> None:
    for name, field in _connections().items():
        if (order := field.args.get("orderBy")) is not None:
            named = get_named_type(order.type)
            assert isinstance(order.type, GraphQLList), name
            assert isinstance(named, GraphQLInputObjectType), name
            assert {key: str(part.type) for key, part in named.fields.items()} == {
                "field": f"{named.name}Field!",
                "direction": "SortDirection!",
            }, name
        if (where := field.args.get("where")) is not None:
            named = get_named_type(where.type)
            assert isinstance(named, GraphQLInputObjectType), name


def test_a_root_list_that_is_no_connection_is_one_that_cannot_grow() -> None:
    query = schema.query_type
    assert query is not None
    lists = {f"Query.{name}" for name, field in query.fields.items() if "[" in str(field.type)}
    assert lists <= set(BOUNDED), lists - set(BOUNDED)


def test_every_node_has_an_id_that_is_never_null() -> None:
    for connection in {str(get_named_type(field.type)) for field in _connections().values()}:
        node = schema.type_map[connection.removesuffix("Connection")]
        assert isinstance(node, GraphQLObjectType)
        if "id" in node.fields:
            assert str(node.fields["id"].type) == "ID!", node.name
