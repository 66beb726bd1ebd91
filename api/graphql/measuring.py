"""What a document asks for, by one walk that is linear in its length.

Strawberry's own limiters are exponential in fragment spreads (18 small fragments: 12 s). Here each fragment is worked
out once.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

LARGEST_PAGE: Final = 100
MUTATION_COST: Final = 10
"""Points of a mutation's root field: it writes, and leaves an audit entry."""


@dataclass(frozen=True, slots=True)
class Size:
    """How deep a selection goes, and how many objects it can give. The rest is said of operations alone."""

    depth: int = 0
    objects: int = 0
    root_fields: int = 0
    kind: OperationType = OperationType.QUERY
    introspects: bool = False

    @property
    def cost(self) -> int:
        """In points: one for the request, one for each object, and what its writes cost."""
        return 1 + self.objects + (MUTATION_COST * self.root_fields if self.kind is OperationType.MUTATION else 0)


@dataclass(slots=True)
class Measured:
    """Of a whole document; `operations` by their names."""

    fragments: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    spreads: int = 0
    repetitions: int = 0
    operations: dict[str | None, Size] = field(default_factory=dict)

    def size_of(self, name: str | None) -> Size:
        """The operation of this name; the first one when it has none."""
        found = self.operations.get(name)
        return next(iter(self.operations.values()), Size()) if found is None else found


def measure(document: DocumentNode, variables: Mapping[str, Any]) -> Measured:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    walk = _Walk(fragments, variables)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            walk.operation(node)
    for name in fragments:
        walk.fragment(name)
    return walk.found


def objects_in(data: object) -> int:
    """How many objects an answer has, the outermost left out."""
    found, waiting = -1, [data]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            found += 1
            waiting += [value for value in part.values() if isinstance(value, dict | list)]
        elif isinstance(part, list):
            waiting += [value for value in part if isinstance(value, dict | list)]
    return max(0, found)


Names = Counter[str]
"""The names that a selection's fields answer under, with how often each does."""


class _Walk:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self.found = Measured(fragments=len(fragments))
        self._fragments = fragments
        self._variables = variables
        self._known: dict[str, tuple[Size, Names]] = {}

    def operation(self, node: OperationDefinitionNode) -> None:
        self.found.directives += len(node.directives or ())
        size, names = self._selections(node.selection_set)
        self._count_repetitions(names)
        name = node.name.value if node.name else None
        self.found.operations[name] = replace(
            size,
            root_fields=max(names.total(), len(node.selection_set.selections)),
            kind=node.operation,
            introspects=all(
                isinstance(part, FieldNode) and part.name.value.startswith("__")
                for part in node.selection_set.selections
            ),
        )

    def fragment(self, name: str) -> tuple[Size, Names]:
        if name not in self._known and name in self._fragments:
            self._known[name] = Size(), Names()  # a fragment that spreads itself; validation refuses it
            node = self._fragments[name]
            self.found.directives += len(node.directives or ())
            self._known[name] = self._selections(node.selection_set)
            self._count_repetitions(self._known[name][1])
        return self._known.get(name, (Size(), Names()))

    def _selections(self, selections: SelectionSetNode | None) -> tuple[Size, Names]:
        depth = objects = 0
        names = Names()
        spread: set[str] = set()
        for node in selections.selections if selections else ():
            self.found.directives += len(node.directives or ())
            part = Size()
            if isinstance(node, FieldNode):
                part = self._field(node)
                names[(node.alias or node.name).value] += 1
            elif isinstance(node, InlineFragmentNode):
                part, inside = self._selections(node.selection_set)
                names.update(inside)
            elif isinstance(node, FragmentSpreadNode):
                self.found.spreads += 1
                if node.name.value in spread:
                    continue  # the same fragment twice gives the same fields
                spread.add(node.name.value)
                part, inside = self.fragment(node.name.value)
                names.update(inside)
            depth, objects = max(depth, part.depth), objects + part.objects
        return Size(depth, objects), names

    def _field(self, node: FieldNode) -> Size:
        """A field with a page or ids gives that many of what it selects; one without gives one object, a leaf none."""
        self.found.fields += 1
        self.found.aliases += node.alias is not None
        if node.selection_set is None:
            return Size(1, 0)
        inside, names = self._selections(node.selection_set)
        self._count_repetitions(names)
        return Size(1 + inside.depth, self._page(node) * (1 + inside.objects))

    def _count_repetitions(self, names: Names) -> None:
        self.found.repetitions += names.total() - len(names)

    def _page(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                return self._bounded(argument.value)
            if argument.name.value == "ids":
                return self._listed(argument.value)
        return 1

    def _bounded(self, value: ValueNode) -> int:
        """A page outside its bounds is refused later; here it only must not count as less than it is."""
        given: Any = None
        if isinstance(value, IntValueNode):
            given = int(value.value[:10])
        elif isinstance(value, VariableNode):
            given = self._variables.get(value.name.value, LARGEST_PAGE)
        return max(1, min(given, LARGEST_PAGE)) if isinstance(given, int) else 1

    def _listed(self, value: ValueNode) -> int:
        """A list longer than a page is refused later."""
        given: Any = None
        if isinstance(value, ListValueNode):
            given = value.values
        elif isinstance(value, VariableNode):
            given = self._variables.get(value.name.value, range(LARGEST_PAGE))
        return max(1, min(len(given), LARGEST_PAGE)) if isinstance(given, list | tuple | range) else 1
