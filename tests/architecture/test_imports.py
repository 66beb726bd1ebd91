"""Who imports whom. The floors themselves are import-linter's contracts in pyproject.toml."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import grimp
import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
STATEMENTS: Final = frozenset({"select", "insert", "update", "delete"})
NO_SLICES: Final = frozenset(
    {
        "cli",
        "embedded",
        "http",
        "demo",
        "audit",
        "graphql",
        "auth",
        "streams",
        "cache",
        "jobs",
        "limits",
        "idempotency",
        "intelligence",
    }
)
FREE_OF_GRAPHQL: Final = re.compile(r"api\.\w+\.(\w*service|\w*repository|contracts|jobs|records|validation|writing)$")
HOLDS_STATEMENTS: Final = re.compile(
    r"models\.|api\.\w+\.(\w+_)?repository$|api\.streams\.outbox$|api\.metrics\.catalogue\."
)
"""A metric of the catalogue is its whole definition, SQL included."""
STATEMENTS_ELSEWHERE: Final = {
    "api.cli.doctor": "asks the catalog of the database, no table of ours",
    "api.streams.relay": "the list of tenants, which no slice below it may offer",
}
IMPORTS_REDIS: Final = re.compile(r"api\.(streams|cache|limits)\.")
REDIS_ELSEWHERE: Final = {
    "api.cli.doctor": "asks the server's version with a client that reports why it fails",
    "api.demo.seed": "the type of the client it opens and closes",
    "api.worker": "composition root: the type of the clients it hands on",
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("api", "models", "ui", include_external_packages=True, cache_dir=None)


def _contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def _packages(folder: str) -> set[str]:
    return {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}


def _imports(module: str) -> Iterator[tuple[str, str]]:
    """(module, name) of each `from module import name` of a file, wherever it stands."""
    path = ROOT / Path(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.module, alias.name


def _ours(graph: grimp.ImportGraph) -> list[str]:
    return sorted(module for module in graph.modules if module.partition(".")[0] in {"api", "models", "ui"})


def test_every_slice_stands_on_a_floor() -> None:
    [layers] = [contract["layers"] for contract in _contracts() if contract["type"] == "layers"]
    listed = {name.strip().removeprefix("api.") for floor in layers for name in re.split(r"[:|]", floor)}
    assert _packages("api") - listed == set()


def test_every_slice_is_kept_from_the_pages_and_the_embedded_services() -> None:
    for forbidden in ("ui", "api.embedded"):
        [sources] = [
            set(contract["source_modules"])
            for contract in _contracts()
            if contract.get("forbidden_modules") == [forbidden]
        ]
        missing = {f"api.{name}" for name in _packages("api")} - sources - {"api.cli", forbidden}
        assert missing - ({"api.embedded"} if forbidden == "ui" else set()) == set(), forbidden


def test_no_module_imports_itself_in_a_circle(graph: grimp.ImportGraph) -> None:
    """At import time: what a function imports when it is called cannot stop a module from loading."""
    edges = {module: _at_import_time(module, set(_ours(graph))) for module in _ours(graph)}
    assert _circle(edges) == []


def test_the_core_of_a_slice_knows_no_graphql(graph: grimp.ImportGraph) -> None:
    offenders = {
        (module, imported)
        for module in _ours(graph)
        if FREE_OF_GRAPHQL.match(module) and not module.startswith(("api.graphql.", "api.http."))
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.partition(".")[0] in {"strawberry", "graphql"} or imported.startswith("api.graphql")
    }
    assert offenders == set()


def test_only_the_streams_import_redis(graph: grimp.ImportGraph) -> None:
    importers = graph.find_modules_that_directly_import("redis")
    assert {module for module in importers if not IMPORTS_REDIS.match(module)} == set(REDIS_ELSEWHERE)


def test_statements_are_written_in_repositories_only(graph: grimp.ImportGraph) -> None:
    writers = {
        module
        for module in _ours(graph)
        for source, name in _imports(module)
        if source.partition(".")[0] in {"sqlalchemy", "sqlmodel"} and name in STATEMENTS | {"text"}
    }
    elsewhere = {module for module in writers if not HOLDS_STATEMENTS.match(module)}
    assert elsewhere == set(STATEMENTS_ELSEWHERE)


def test_the_pages_know_neither_the_server_nor_the_tables(graph: grimp.ImportGraph) -> None:
    offenders = {
        (module, imported)
        for module in _ours(graph)
        if module.partition(".")[0] == "ui"
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.partition(".")[0] in {"api", "models", "sqlalchemy", "sqlmodel", "redis", "strawberry", "asyncpg"}
    }
    assert offenders == set()


def _at_import_time(module: str, known: set[str]) -> set[str]:
    path = ROOT / Path(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(source.read_text())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= submodules or {node.module}
        pending.extend(ast.iter_child_nodes(node))
    return found & known - {module}


def _circle(edges: dict[str, set[str]]) -> list[str]:
    """One circle of imports, or nothing."""
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for imported in sorted(edges[module]):
            if found := walk(imported, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for module in edges if (found := walk(module, []))), [])


def test_nothing_that_was_stored_is_read_by_running_it(graph: grimp.ImportGraph) -> None:
    """A pickle runs what it holds; models are numbers (docs/predictions.md)."""
    running = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "skops"}
    found = {name: sorted(running & set(graph.find_modules_directly_imported_by(name))) for name in graph.modules}
    assert {name: used for name, used in found.items() if used} == {}
