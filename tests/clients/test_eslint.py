"""graphql-eslint over the schema: its recommended rules and those for Relay."""

import os
import shutil
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.clients import node
from tests.clients.test_relay_compiler import SCHEMA
from tests.support.programs import run_program

PINNED: Final = Path(__file__).parent / "lint"
KNOWN: Final = {
    'no-typename-prefix: Field "segmentationId" starts with the name of the parent type "Segment"',
    'require-description: Description is required for directive "oneOf"',
}
"""The first is the id of a segmentation, the second the specification's own directive."""


@pytest.fixture(scope="session")
def linting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.getbasetemp().parent / f"lint-{node.digest(PINNED)}"
    node.install(folder, PINNED)
    return folder


@node.needs_node
async def test_the_schema_keeps_to_the_rules(linting: Path, tmp_path: Path) -> None:
    assert await _findings(linting, tmp_path, SCHEMA.read_text()) == KNOWN


@node.needs_node
async def test_what_breaks_a_rule_is_found(linting: Path, tmp_path: Path) -> None:
    broken = SCHEMA.read_text() + "\ntype bad_name { id: ID! }\ntype ThingConnection { edges: [Int!]! }\n"
    found = await _findings(linting, tmp_path, broken) - KNOWN
    assert {finding.partition(":")[0] for finding in found} >= {"naming-convention", "relay-connection-types"}


async def _findings(linting: Path, folder: Path, schema: str) -> set[str]:
    """In a folder of its own, so that tests that come together do not meet."""
    (folder / "schema.graphql").write_text(schema)
    shutil.copy(PINNED / "eslint.config.js", folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(linting / "node_modules")
    eslint = linting / "node_modules" / "eslint" / "bin" / "eslint.js"
    assert node.NODE is not None
    report = folder / "report.json"
    command = [node.NODE, str(eslint), "schema.graphql", "--format", "json", "--output-file", str(report)]
    try:
        await run_program(command, folder, dict(os.environ))
    except AssertionError:
        assert report.exists()  # it ends badly when it has findings; without a report it could not begin
    [file] = orjson.loads(report.read_bytes())
    return {f"{one['ruleId'].partition('/')[2]}: {one['message']}" for one in file["messages"]}
