"""Every object with an id can be read again by it."""

from json import dumps
from typing import Final
from uuid import uuid4

from graphql import GraphQLInterfaceType
from sqlalchemy import text

from api.graphql.ids import global_id
from api.schema import NODES, make_schema
from models.database import Database
from tests.isolation.worlds import complete
from tests.support.client import Api
from tests.support.objects import object_ids
from tests.support.statements import counted_statements, of_operation
from tests.support.world import TestTenant

NODE: Final = "query Node($id: ID!) { node(id: $id) { __typename id } }"


def test_every_type_with_an_id_can_be_found_by_it() -> None:
    schema = make_schema()._schema
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert set(NODES) == {possible.name for possible in schema.get_possible_types(node)}


async def test_each_type_is_found_again_by_its_id(api: Api, acme: TestTenant, database: Database) -> None:
    await complete(database, acme)
    viewer = await api.login("acme", "viewer")
    ids = await object_ids(database, acme)
    assert set(ids) == set(NODES)
    for type_name, key in ids.items():
        assert (await viewer.data(NODE, {"id": key}))["node"] == {"__typename": type_name, "id": key}


async def test_an_id_says_its_type(api: Api, acme: TestTenant, database: Database) -> None:
    """A customer's key under the name of an order finds nothing."""
    viewer = await api.login("acme", "viewer")
    async with database.reading(acme.id) as snapshot:
        key = await snapshot.scalar(text("SELECT id FROM customer LIMIT 1"))
    for type_name in (*sorted(set(NODES) - {"Customer"}), "Nothing", "Query", ""):
        assert (await viewer.data(NODE, {"id": str(global_id(type_name, key))}))["node"] is None, type_name
    customer = "query Customer($id: ID!) { customer(id: $id) { id } }"
    assert (await viewer.data(customer, {"id": str(global_id("Order", key))}))["customer"] is None
    assert (await viewer.data(customer, {"id": str(global_id("Customer", key))}))["customer"] is not None


async def test_what_is_no_id_is_a_bad_input(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    for wrong in ("", "1", "Customer", "§", "\0", str(uuid4()), "Q3VzdG9tZXI6MQ", "=" * 10_000):
        assert await viewer.error_code(NODE, {"id": wrong}) == "BAD_USER_INPUT", wrong[:20]


NODES_BY_IDS: Final = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


async def test_many_are_found_at_once_in_the_order_of_their_ids(
    api: Api, acme: TestTenant, globex: TestTenant, database: Database
) -> None:
    """Another tenant's id is as null as one that never was."""
    await complete(database, acme)
    viewer = await api.login("acme", "viewer")
    own = await object_ids(database, acme)
    async with database.reading(globex.id) as snapshot:
        foreign = str(global_id("Customer", await snapshot.scalar(text("SELECT id FROM customer LIMIT 1"))))
    ids = [foreign, *reversed(own.values()), str(global_id("Customer", uuid4())), own["Order"]]
    expected: list[object] = [{"__typename": name, "id": key} for name, key in reversed(own.items())]
    found = (await viewer.data(NODES_BY_IDS, {"ids": ids}))["nodes"]
    assert found == [None, *expected, None, {"__typename": "Order", "id": own["Order"]}]


async def test_objects_of_one_type_are_read_in_one_statement(api: Api, acme: TestTenant, database: Database) -> None:
    viewer = await api.login("acme", "viewer")
    async with database.reading(acme.id) as snapshot:
        keys = [row[0] for row in await snapshot.rows(text("SELECT id FROM event LIMIT 12"))]
    ids = [str(global_id("Event", key)) for key in keys]
    with counted_statements(database) as few:
        await viewer.data(NODES_BY_IDS, {"ids": ids[:1]})
    with counted_statements(database) as many:
        await viewer.data(NODES_BY_IDS, {"ids": ids})
    assert of_operation(many) == of_operation(few)


async def test_the_ids_count_and_are_counted(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    estimate = "query E($d: String!, $v: JSON) { costEstimate(document: $d, variables: $v) { cost } }"
    for number in (1, 7, 100):
        ids = [str(global_id("Customer", uuid4()))] * number
        asked = {"d": NODES_BY_IDS, "v": {"ids": ids}}
        assert (await viewer.data(estimate, asked))["costEstimate"]["cost"] == 1 + number
        written = f"{{ nodes(ids: {dumps(ids)}) {{ id }} }}"
        assert (await viewer.data(estimate, {"d": written}))["costEstimate"]["cost"] == 1 + number
    assert await viewer.error_code(NODES_BY_IDS, {"ids": [*ids, ids[0]]}) == "BAD_USER_INPUT"
    [error] = (await viewer.answer(NODES_BY_IDS, {"ids": [ids[0], "x"]}))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", ["ids", "1"])
