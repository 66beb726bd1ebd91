"""Relay's own compiler over the schema: it holds connections, Node and ids to its rules."""

import shutil
from pathlib import Path
from typing import Final

import orjson

from tests.clients.node import NODE, needs_node
from tests.support.programs import run_program

SCHEMA: Final = Path(__file__).resolve().parents[2] / "schema.graphql"
COMPONENT: Final = """
graphql`
  query CustomersQuery($first: Int!, $after: String) { ...Customers_list @arguments(first: $first, after: $after) }
`;
graphql`
  fragment Customers_list on Query
  @argumentDefinitions(first: {type: "Int!"}, after: {type: "String"})
  @refetchable(queryName: "CustomersPaginationQuery") {
    customers(first: $first, after: $after) @connection(key: "Customers_list_customers") {
      edges { node { id name ...Customers_row } }
    }
  }
`;
graphql`
  fragment Customers_row on Customer
  @argumentDefinitions(first: {type: "Int", defaultValue: 5}, after: {type: "String"})
  @refetchable(queryName: "CustomerRowQuery") {
    orders(first: $first, after: $after) @connection(key: "Customers_row_orders") { edges { node { placedAt } } }
  }
`;
"""


@needs_node
async def test_relay_compiles_connections_and_refetches_by_id(modules: Path, tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "Customers.js").write_text(COMPONENT)
    shutil.copy(SCHEMA, tmp_path / "schema.graphql")
    config = {"src": "./src", "language": "javascript", "schema": "./schema.graphql"}
    (tmp_path / "relay.config.json").write_bytes(orjson.dumps(config))
    assert NODE is not None
    compiler = modules / "node_modules" / "relay-compiler" / "cli.js"
    await run_program([NODE, str(compiler), "relay.config.json"], tmp_path)
    made = {path.name for path in (source / "__generated__").iterdir()}
    assert {"CustomersQuery.graphql.js", "CustomersPaginationQuery.graphql.js", "CustomerRowQuery.graphql.js"} <= made
