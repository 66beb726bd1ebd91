"""What the pages' code keeps to: callbacks never block the loop, and one visitor leaves nothing to another."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

UI: Final = Path(__file__).parents[2] / "ui"
FILES: Final = sorted(UI.rglob("*.py"))
MUTATING: Final = {"add", "append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def callbacks(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(map(_is_callback, node.decorator_list)):
            yield node


def _is_callback(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute | ast.Name) and ast.unparse(called).split(".")[-1] == "callback"


def test_every_callback_is_async() -> None:
    found = {
        f"{path.relative_to(UI)}: {one.name}": isinstance(one, ast.AsyncFunctionDef)
        for path in FILES
        for one in callbacks(parsed(path))
    }
    assert len(found) > 20
    assert [name for name, is_async in found.items() if not is_async] == []


def kept(tree: ast.Module) -> set[str]:
    """The names that a module binds for all."""
    targets = [
        target
        for node in tree.body
        for target in (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
    ]
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def changes(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """Where a function changes one of them, or binds a name of the module."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            changed: ast.expr | None = None
            if isinstance(node, ast.Global):
                yield f"line {node.lineno}: global {', '.join(node.names)}"
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATING:
                changed = node.func.value
            elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                changed = node.value
            if isinstance(changed, ast.Name) and changed.id in names:
                yield f"line {changed.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(UI)))
def test_no_module_keeps_anything_between_two_requests(path: Path) -> None:
    tree = parsed(path)
    assert list(changes(tree, kept(tree))) == []
