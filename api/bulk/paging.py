"""A query of one list, made into one that reads a page after another. Pure."""

from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    print_ast,
)

from api.errors import BadInputError
from api.graphql.limits import MAXIMUM_TOKENS, check_length
from api.graphql.measuring import LARGEST_PAGE

PATH: Final = ("query",)
PAGE_ARGUMENTS: Final = frozenset({"first", "last", "after", "before"})
CURSOR: Final = "bulkAfter"
PAGE_INFO: Final = "bulkPage"


@dataclass(frozen=True, slots=True)
class Paged:
    """`text` takes the cursor as $bulkAfter; the list is found under `name`."""

    text: str
    document: DocumentNode
    name: str


def paged(query: str) -> Paged:
    """Raises BadInputError for anything but one query of one list, of which `nodes` are selected."""
    document = parsed(query, PATH)
    listed = alone(operation_of(document, OperationType.QUERY, PATH), PATH)
    taken = sorted(argument.name.value for argument in listed.arguments or () if argument.name.value in PAGE_ARGUMENTS)
    if taken:
        raise BadInputError(f"Leave out {taken[0]}: all pages are read.", path=PATH)
    selections = listed.selection_set.selections if listed.selection_set else ()
    names = [node.name.value for node in selections if isinstance(node, FieldNode) and node.alias is None]
    if names != ["nodes"] or len(selections) != 1:
        raise BadInputError("Select nodes of the list, and nothing beside it.", path=PATH)
    return _rewritten(document, listed)


def parsed(text: str, path: tuple[str, ...]) -> DocumentNode:
    try:
        check_length(text)
        return parse(text, no_location=True, max_tokens=MAXIMUM_TOKENS)
    except GraphQLError as error:
        raise BadInputError(f"The {path[0]} is not GraphQL: {error.message}", path=path) from None
    except RecursionError:
        raise BadInputError(f"The {path[0]} is nested too deeply.", path=path) from None


def operation_of(document: DocumentNode, kind: OperationType, path: tuple[str, ...]) -> OperationDefinitionNode:
    match [node for node in document.definitions if not isinstance(node, FragmentDefinitionNode)]:
        case [OperationDefinitionNode() as operation] if operation.operation is kind:
            return operation
    raise BadInputError(f"This is one {kind.value}, and nothing else.", path=path)


def alone(operation: OperationDefinitionNode, path: tuple[str, ...]) -> FieldNode:
    match list(operation.selection_set.selections):
        case [FieldNode() as field] if not field.directives:
            return field
    what = "list" if operation.operation is OperationType.QUERY else "mutation"
    raise BadInputError(f"Ask for one {what}, and for nothing beside it.", path=path)


def _rewritten(document: DocumentNode, listed: FieldNode) -> Paged:
    """The arguments and selections of a query that pages are put beside the list's own."""
    pattern: Any = parse(
        f"query(${CURSOR}: String) {{ x(first: {LARGEST_PAGE}, after: ${CURSOR}) "
        f"{{ {PAGE_INFO}: pageInfo {{ hasNextPage endCursor }} }} }}",
        no_location=True,
    ).definitions[0]
    own = pattern.selection_set.selections[0]
    operation = operation_of(document, OperationType.QUERY, PATH)
    selected: Any = listed.selection_set
    field = replace(
        listed,
        arguments=(*(listed.arguments or ()), *own.arguments),
        selection_set=replace(selected, selections=(*selected.selections, *own.selection_set.selections)),
    )
    asking = replace(
        operation,
        variable_definitions=(*(operation.variable_definitions or ()), *pattern.variable_definitions),
        selection_set=replace(operation.selection_set, selections=(field,)),
    )
    definitions = tuple(asking if one is operation else one for one in document.definitions)
    document = replace(document, definitions=definitions)
    return Paged(print_ast(document), document, (field.alias or field.name).value)
