"""How large a document may be, by one rule that is linear in its length.

Strawberry's own depth limiter is exponential in fragment spreads (18 small fragments: 12 s). Here the depth of each
fragment is worked out once.
"""

from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from api.errors import QueryTooComplexError

MAXIMUM_TOKENS: Final = 2_000
MAXIMUM_DEPTH: Final = 12
MAXIMUM_INTROSPECTION_DEPTH: Final = 20
"""The standard introspection query of graphql-js is 15 deep."""
MAXIMUM_FRAGMENTS: Final = 50


def check_depth(document: DocumentNode) -> None:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    if len(fragments) > MAXIMUM_FRAGMENTS:
        raise QueryTooComplexError(f"This document has {len(fragments)} fragments; {MAXIMUM_FRAGMENTS} are allowed.")
    depths: dict[str, int] = {}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            depth = _depth(node.selection_set, fragments, depths)
            allowed = MAXIMUM_INTROSPECTION_DEPTH if _introspects(node) else MAXIMUM_DEPTH
            if depth > allowed:
                raise QueryTooComplexError(f"This operation is {depth} levels deep; {allowed} are allowed.")


def _introspects(operation: OperationDefinitionNode) -> bool:
    return all(
        isinstance(node, FieldNode) and node.name.value.startswith("__") for node in operation.selection_set.selections
    )


def _depth(
    selections: SelectionSetNode | None,
    fragments: dict[str, FragmentDefinitionNode],
    depths: dict[str, int],
) -> int:
    deepest = 0
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            deepest = max(deepest, 1 + _depth(node.selection_set, fragments, depths))
        elif isinstance(node, InlineFragmentNode):
            deepest = max(deepest, _depth(node.selection_set, fragments, depths))
        elif isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in depths and name in fragments:
                depths[name] = 0  # a fragment that spreads itself; validation refuses it
                depths[name] = _depth(fragments[name].selection_set, fragments, depths)
            deepest = max(deepest, depths.get(name, 0))
    return deepest
