"""Which operations are subscriptions, and which of them share their execution. Depends on the document alone."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    VariableNode,
    Visitor,
    parse,
    visit,
)

from api.graphql.limits import MAXIMUM_TOKENS
from api.graphql.operation import CipSchema
from api.graphql.permissions import SHARING, Requirement
from api.graphql.sockets.frames import Subscribe
from api.streams.feeds import Sharing

KEPT: Final = 512
RESUME: Final = "resumeFrom"


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription. `resume_variable` says where one subscriber goes on, so it is none of a shared execution's."""

    sharing: Sharing | None
    needs: frozenset[Requirement]
    resume_variable: str | None
    resume_literal: str | None

    def split(self, variables: dict[str, Any] | None) -> tuple[dict[str, Any], str | None] | None:
        """The execution's variables, and the subscriber's cursor. None when that is no cursor at all."""
        shared = dict(variables or {})
        cursor = shared.pop(self.resume_variable, None) if self.resume_variable is not None else self.resume_literal
        return (shared, cursor) if isinstance(cursor, str | None) else None


class Plans:
    def __init__(self, schema: CipSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[tuple[str, str | None], Plan | None] = OrderedDict()

    def of(self, asked: Subscribe) -> Plan | None:
        """None for queries and mutations, and for what is invalid: its own execution says why."""
        key = (asked.query, asked.operation_name)
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        plan = self._known[key] = self._make(asked)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return plan

    def _make(self, asked: Subscribe) -> Plan | None:
        try:
            document = parse(asked.query, max_tokens=MAXIMUM_TOKENS)
        except (GraphQLError, RecursionError):
            return None
        operation = _operation(document, asked.operation_name)
        if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
            return None
        needs = self._schema.needs(asked.query, document)
        alone = Plan(None, needs, None, None)
        if len(operation.selection_set.selections) != 1:
            return alone
        [field] = operation.selection_set.selections
        if not isinstance(field, FieldNode):
            return alone
        given = next((argument.value for argument in field.arguments or () if argument.name.value == RESUME), None)
        variable = given.name.value if isinstance(given, VariableNode) else None
        if variable is not None and not _may_be_left_out(document, operation, variable):
            return alone
        literal = given.value if isinstance(given, StringValueNode) else None
        return Plan(self._sharing(field.name.value), needs, variable, literal)

    def _sharing(self, name: str) -> Sharing | None:
        root = self._schema._schema.subscription_type
        found = None if root is None else root.fields.get(name)
        if found is None:
            return None
        sharing: Sharing | None = found.extensions["strawberry-definition"].metadata.get(SHARING)
        return sharing


def canonical(variables: dict[str, Any]) -> bytes | None:
    """The same for variables that are equal, in whichever order they came. None for what is nested without end."""
    try:
        return orjson.dumps(variables, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return None


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((node for node in operations if node.name is not None and node.name.value == name), None)


def _may_be_left_out(document: DocumentNode, operation: OperationDefinitionNode, variable: str) -> bool:
    """Only when nothing else depends on it, and its absence is no error."""
    definitions = [node for node in operation.variable_definitions or () if node.variable.name.value == variable]
    if len(definitions) != 1 or not isinstance(definitions[0].type, NamedTypeNode):
        return False
    uses = _Uses(variable)
    visit(document, uses)
    return uses.count == len(definitions) + 1


class _Uses(Visitor):
    def __init__(self, variable: str) -> None:
        super().__init__()
        self.count = 0
        self._variable = variable

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        if node.name.value == self._variable:
            self.count += 1
