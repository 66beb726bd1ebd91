"""Which operations may be answered from the cache: decided from their fields' declarations, once a document."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    parse,
)

from api.cache.freshness import Freshness, together
from api.cache.key import document_digest
from api.graphql.limits import MAXIMUM_TOKENS

if TYPE_CHECKING:
    from api.graphql.permissions import Requirement

FRESHNESS: Final = "freshness"
DECIDED_DOCUMENTS: Final = 512


class NotCacheableError(Exception):
    """Something in the operation is not declared cacheable."""


class Decision(NamedTuple):
    """`document` is its digest. Without `freshness` its answer is not kept. `needs` is what asking for it takes.
    `reads` tells a query from a mutation, and from what cannot be run."""

    document: bytes
    freshness: Freshness | None
    needs: "frozenset[Requirement]"
    reads: bool = False


class Freshnesses:
    """Root fields must be declared, and so must every relation on the way; leaves are part of what holds them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        relations: frozenset[tuple[str, str]],
        needs: "Callable[[DocumentNode], frozenset[Requirement]]",
    ) -> None:
        """`relations` names the fields that read something of their own, as (type, field)."""
        self._schema = schema
        self._relations = relations
        self._needs = needs
        self._decided: OrderedDict[tuple[bytes, str | None], Decision] = OrderedDict()

    def of(self, query: str, operation_name: str | None) -> Decision:
        digest = document_digest(query)
        asked = (digest, operation_name)
        known = self._decided.get(asked)
        if known is not None:
            self._decided.move_to_end(asked)
            return known
        decided = self._decided[asked] = self._decide(digest, query, operation_name)
        if len(self._decided) > DECIDED_DOCUMENTS:
            self._decided.popitem(last=False)
        return decided

    def _decide(self, digest: bytes, query: str, operation_name: str | None) -> Decision:
        nothing = Decision(digest, None, frozenset())  # whatever is wrong with it, running it will say
        try:
            document = parse(query, no_location=True, max_tokens=MAXIMUM_TOKENS)
            if (operation := _query(document, operation_name)) is None:
                return nothing
            walk = _Walk(self._schema, self._relations, document)
            freshness = together(walk.selections(operation.selection_set, self._schema.query_type))
            return Decision(digest, freshness, self._needs(document), reads=True)
        except NotCacheableError:
            return nothing._replace(reads=True)
        except (GraphQLError, RecursionError):
            return nothing


def _query(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The one that is asked for, unless it is a mutation or a subscription."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in operations if name is None or (node.name is not None and node.name.value == name)]
    return named[0] if len(named) == 1 and named[0].operation is OperationType.QUERY else None


def _asked_by_role(declared: Freshness, node: FieldNode) -> Freshness:
    """For a page that only wants to know the role, one answer serves all who have it."""
    leaves = node.selection_set.selections if node.selection_set else ()
    if declared.by_role and all(isinstance(leaf, FieldNode) and leaf.name.value in declared.by_role for leaf in leaves):
        return replace(declared, per_user=False, per_role=True)
    return declared


class _Walk:
    """Each fragment is walked once, so the work is linear in the document's length."""

    def __init__(self, schema: GraphQLSchema, relations: frozenset[tuple[str, str]], document: DocumentNode) -> None:
        self._schema = schema
        self._relations = relations
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._walked: set[str] = set()

    def selections(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Iterator[Freshness]:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                yield from self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                on = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                yield from self.selections(node.selection_set, on)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self._walked:
                self._walked.add(node.name.value)
                if (fragment := self._fragments.get(node.name.value)) is not None:
                    on = self._schema.get_type(fragment.type_condition.name.value)
                    yield from self.selections(fragment.selection_set, on)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Iterator[Freshness]:
        name = node.name.value
        if name == "__typename":
            return
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or name not in parent.fields:
            raise NotCacheableError
        field = parent.fields[name]
        declared: Any = field.extensions["strawberry-definition"].metadata.get(FRESHNESS)
        if declared is not None:
            yield _asked_by_role(declared, node)
        elif (parent.name, name) in self._relations:
            raise NotCacheableError
        yield from self.selections(node.selection_set, get_named_type(field.type))
