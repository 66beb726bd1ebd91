"""A mutation that is run for each line of a file, made into one that says how it went. Pure."""

from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import DocumentNode, FieldNode, OperationType, parse, print_ast

from api.bulk.paging import alone, operation_of, parsed
from api.errors import BadInputError

PATH: Final = ("mutation",)
ERRORS: Final = "bulkErrors"
VERDICTS: Final = "bulkVerdicts"
MUTATIONS: Final = {
    "eventsIngest": f"{{ {ERRORS}: userErrors {{ code }} {VERDICTS}: verdicts {{ status }} }}",
    "actionDecide": f"{{ {ERRORS}: userErrors {{ code }} }}",
    "actionOutcome": f"{{ {ERRORS}: userErrors {{ code }} }}",
    "customerConsentSet": f"{{ {ERRORS}: userErrors {{ code }} }}",
}
"""Those that may be run for many lines, with what tells whether one went well. Each changes records of customers, and
nothing but the database: so a line can be undone."""


@dataclass(frozen=True, slots=True)
class Written:
    """The payload is found under `name`."""

    text: str
    document: DocumentNode
    name: str


def written(mutation: str) -> Written:
    """Raises BadInputError for anything but one of these mutations, alone."""
    document = parsed(mutation, PATH)
    operation = operation_of(document, OperationType.MUTATION, PATH)
    field = alone(operation, PATH)
    asked = MUTATIONS.get(field.name.value)
    if asked is None:
        raise BadInputError(f"Only {', '.join(MUTATIONS)} can be run for each line of a file.", path=PATH)
    pattern: Any = parse(asked, no_location=True).definitions[0]
    selected: Any = field.selection_set
    if selected is None:
        raise BadInputError("Select what the mutation answers.", path=PATH)
    asking: FieldNode = replace(
        field,
        selection_set=replace(selected, selections=(*selected.selections, *pattern.selection_set.selections)),
    )
    rewritten = replace(operation, selection_set=replace(operation.selection_set, selections=(asking,)))
    definitions = tuple(rewritten if one is operation else one for one in document.definitions)
    document = replace(document, definitions=definitions)
    return Written(print_ast(document), document, (field.alias or field.name).value)


def went_well(payload: dict[str, Any]) -> bool:
    """Takes out of the payload what was asked for beside the caller's own selection."""
    errors, verdicts = payload.pop(ERRORS, None), payload.pop(VERDICTS, None)
    return not errors and all(verdict["status"] != "REJECTED" for verdict in verdicts or ())
