"""How large a request may be: by one walk that is linear in the length of its document.

Strawberry's own depth limiter is exponential in fragment spreads (18 small fragments: 12 s). Here the size of each
fragment is worked out once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from api.errors import QueryTooComplexError

BODY_LIMIT: Final = 256 * 1024
"""Bytes of a request's body."""
FRAME_LIMIT: Final = 64 * 1024
"""Bytes of a client's message on a socket."""
MAXIMUM_TOKENS: Final = 2_000
MAXIMUM_DEPTH: Final = 12
MAXIMUM_INTROSPECTION_DEPTH: Final = 20
"""The standard introspection query of graphql-js is 15 deep."""
MAXIMUM_FRAGMENTS: Final = 50
MAXIMUM_ROOT_FIELDS: Final = 20
MAXIMUM_OBJECTS: Final = 20_000
"""Objects an answer may have when every page is full: about a second of work."""
LARGEST_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Size:
    """How deep a selection goes, and how many objects it can give."""

    depth: int = 0
    objects: int = 0


def check_size(document: DocumentNode, variables: Mapping[str, Any]) -> None:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    if len(fragments) > MAXIMUM_FRAGMENTS:
        raise QueryTooComplexError(f"This document has {len(fragments)} fragments; {MAXIMUM_FRAGMENTS} are allowed.")
    walk = _Walk(fragments, variables)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            _check_operation(node, walk.size(node.selection_set))


def _check_operation(operation: OperationDefinitionNode, size: Size) -> None:
    fields = len(operation.selection_set.selections)
    if fields > MAXIMUM_ROOT_FIELDS:
        raise QueryTooComplexError(f"This operation has {fields} root fields; {MAXIMUM_ROOT_FIELDS} are allowed.")
    allowed = MAXIMUM_INTROSPECTION_DEPTH if _introspects(operation) else MAXIMUM_DEPTH
    if size.depth > allowed:
        raise QueryTooComplexError(f"This operation is {size.depth} levels deep; {allowed} are allowed.")
    if size.objects > MAXIMUM_OBJECTS:
        raise QueryTooComplexError(
            f"This operation can give {size.objects:,} objects; {MAXIMUM_OBJECTS:,} are allowed.",
            hint="Ask for smaller pages, or for fewer lists within lists.",
        )


def _introspects(operation: OperationDefinitionNode) -> bool:
    return all(
        isinstance(node, FieldNode) and node.name.value.startswith("__") for node in operation.selection_set.selections
    )


class _Walk:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self._fragments = fragments
        self._variables = variables
        self._sizes: dict[str, Size] = {}

    def size(self, selections: SelectionSetNode | None) -> Size:
        depth = objects = 0
        spread: set[str] = set()
        for node in selections.selections if selections else ():
            part = Size()
            if isinstance(node, FieldNode):
                part = self._field(node)
            elif isinstance(node, InlineFragmentNode):
                part = self.size(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)  # the same fragment twice gives the same fields
                part = self._fragment(node.name.value)
            depth, objects = max(depth, part.depth), objects + part.objects
        return Size(depth, objects)

    def _field(self, node: FieldNode) -> Size:
        """A field with a page gives that many of what it selects; one without gives one object, a leaf none."""
        if node.selection_set is None:
            return Size(1, 0)
        inside = self.size(node.selection_set)
        return Size(1 + inside.depth, self._page(node) * (1 + inside.objects))

    def _page(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                return self._bounded(argument.value)
        return 1

    def _bounded(self, value: ValueNode) -> int:
        """A page outside its bounds is refused later; here it only must not count as less than it is."""
        given: Any = None
        if isinstance(value, IntValueNode):
            given = int(value.value[:10])
        elif isinstance(value, VariableNode):
            given = self._variables.get(value.name.value, LARGEST_PAGE)
        return max(1, min(given, LARGEST_PAGE)) if isinstance(given, int) else 1

    def _fragment(self, name: str) -> Size:
        if name not in self._sizes and name in self._fragments:
            self._sizes[name] = Size()  # a fragment that spreads itself; validation refuses it
            self._sizes[name] = self.size(self._fragments[name].selection_set)
        return self._sizes.get(name, Size())
