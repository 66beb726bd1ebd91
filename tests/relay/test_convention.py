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
    "Query.nodes": "as many as were asked for",
}
"""Root lists that cannot grow, and so are no connections."""


FEW: Final = frozenset(
    {
        "Query.eventSchemas", "Query.sourceKeys", "Query.apiKeys", "Query.sessions", "Query.members",
        "Query.openSessions", "Query.webhookEndpoints", "Query.savedViews", "Query.privacyRequests",
    }
)  # fmt: skip
"""Lists that people make one by one, so that they are read whole: neither `where` nor `orderBy`."""
OF_ITS_OWN_KIND: Final = {
    "CustomerJourney.timeline": "the way of one customer, in its order",
    "Query.journeyCustomers": "those behind a figure of the journey, named by its own arguments",
    "Query.importErrors": "the refused rows of one file, in its order",
    "Query.nextBestActions": "worked out as it is read, the best first",
}
OWN_FILTERS: Final = frozenset({"acted", "segment", "rfm", "moved", "entered", "predicted"})
"""Of customers: these are no comparison with a column."""
UNSORTED: Final = {"Segment.members": "no index carries another order than by money"}


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


def test_every_list_is_narrowed_down_by_and_or_not_and_operators() -> None:
    for name, field in _connections().items():
        if name in FEW or name in OF_ITS_OWN_KIND:
            continue
        where = get_named_type(field.args["where"].type)
        assert isinstance(where, GraphQLInputObjectType), name
        combined = {key: str(where.fields[key].type) for key in ("AND", "OR", "NOT")}
        assert combined == {"AND": f"[{where}!]", "OR": f"[{where}!]", "NOT": str(where)}, name
        for key, part in where.fields.items():
            operators = get_named_type(part.type)
            if key in OWN_FILTERS:
                continue
            assert isinstance(operators, GraphQLInputObjectType), (name, key)
            assert operators.is_one_of or key in combined, (name, key)


def test_every_list_is_ordered_by_fields_with_a_direction() -> None:
    for name, field in _connections().items():
        if name in FEW or name in OF_ITS_OWN_KIND or name in UNSORTED:
            continue
        order = field.args["orderBy"]
        named = get_named_type(order.type)
        assert isinstance(order.type, GraphQLList), name
        assert isinstance(named, GraphQLInputObjectType), name
        assert {key: str(part.type) for key, part in named.fields.items()} == {
            "field": f"{named.name}Field!",
            "direction": "SortDirection!",
        }, name


def test_what_is_said_of_lists_without_filters_is_said_of_lists_that_are_there() -> None:
    excused = {*FEW, *OF_ITS_OWN_KIND, *UNSORTED}
    assert excused <= set(_connections())
    assert not {name for name in {*FEW, *OF_ITS_OWN_KIND} if "where" in _connections()[name].args}


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
