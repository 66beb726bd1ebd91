"""The programs in docs/api, run as they stand there against the running server."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.clients import node
from tests.support.programs import run_program
from tests.support.world import PASSWORD

DOCS: Final = Path(__file__).resolve().parents[2] / "docs" / "api"
BLOCK: Final = re.compile(r"^```(python|javascript)\n(.*?)^```$", re.M | re.S)
EXPECTED: Final = {
    "clients.md 1 javascript": [f"acmecanary customer {number:03}" for number in range(3)],
    "clients.md 2 javascript": ["viewer acme"],
    "errors.md 1 python": ["UNAUTHENTICATED False"],
    "errors.md 2 javascript": ["GRAPHQL_VALIDATION_FAILED Cannot query field 'nothing' on type 'Query'."],
    "pagination.md 1 python": [f"acmecanary-c{number}" for number in range(3)],
    "pagination.md 2 javascript": [f"acmecanary-c{number}" for number in range(3)],
    "subscriptions.md 1 python": ["orders 6.0"],
    "subscriptions.md 2 javascript": ["orders 6"],
    "subscriptions.md 3 javascript": ["orders 6"],
}
"""What each prints for the tenant of the tests."""


def _recipes() -> Iterator[tuple[str, str, str]]:
    for page in sorted(DOCS.glob("*.md")):
        for number, (language, text) in enumerate(BLOCK.findall(page.read_text()), start=1):
            yield f"{page.name} {number} {language}", language, text


RECIPES: Final = {name: (language, text) for name, language, text in _recipes()}


def test_every_recipe_of_these_pages_is_run() -> None:
    pages = {name.split()[0] for name in EXPECTED}
    assert {name for name in RECIPES if name.split()[0] in pages} == set(EXPECTED)


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.endswith("python")])
async def test_a_recipe_in_python_does_what_it_says(name: str, url: str, tmp_path: Path) -> None:
    program = tmp_path / "recipe.py"
    program.write_text(RECIPES[name][1])
    printed = await run_program([sys.executable, str(program)], tmp_path, _environment(url))
    assert printed.splitlines() == EXPECTED[name]


@node.needs_node
@pytest.mark.parametrize("name", [name for name in EXPECTED if name.endswith("javascript")])
async def test_a_recipe_in_javascript_does_what_it_says(name: str, url: str, modules: Path, tmp_path: Path) -> None:
    program = tmp_path / f"recipe-{tmp_path.name}.mjs"
    program.write_text(RECIPES[name][1])
    printed = await node.run(modules, program, environment=_environment(url))
    assert printed.splitlines() == EXPECTED[name]


def _environment(url: str) -> dict[str, str]:
    who = {"TENANT": "acme", "USERNAME": "viewer", "PASSWORD": PASSWORD}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **who, "API_URL": url, "NODE_ENV": "production"}
