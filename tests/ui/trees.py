"""Reading component trees: what a person would see, and where."""

from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def walk(node: Any) -> Iterator[Component]:
    """Every component at or below `node`, in reading order."""
    if isinstance(node, Component):
        yield node
        yield from walk(getattr(node, "children", None))
    elif isinstance(node, list | tuple):
        for child in node:
            yield from walk(child)


def text(node: Any) -> str:
    if node is None:
        return ""
    if isinstance(node, Component):
        return text(getattr(node, "children", None))
    if isinstance(node, list | tuple):
        return "".join(text(child) for child in node)
    return str(node)


def by_class(node: Any, name: str) -> list[Component]:
    return [one for one in walk(node) if name in str(getattr(one, "className", "") or "").split()]


def by_type(node: Any, kind: type[Component]) -> list[Component]:
    return [one for one in walk(node) if type(one) is kind]


def prop(component: Component, name: str) -> Any:
    """A property by its name in the browser (`href`, `aria-label`), or None."""
    return getattr(component, name, None)
