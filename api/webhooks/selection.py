"""The subscriber's own selection: checked when it is saved, run when a message is made."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)

from api.auth.principal import Caller
from api.errors import BadInputError, CipError
from api.graphql.context import Context, Services
from api.graphql.ids import global_id
from api.graphql.limits import MAXIMUM_TOKENS, check_size
from api.graphql.operation import CipSchema
from api.graphql.permissions import refusal
from api.webhooks.contracts import DeliveryRecord
from api.webhooks.events import KINDS, WebhookEvent
from api.webhooks.principal import ServicePrincipal
from api.webhooks.signing import message_id

LONGEST: Final = 10_000
LARGEST_BODY: Final = 256 * 1024
OF_WHOEVER_ASKS: Final = frozenset({"me", "status", "systemHealth", "__schema", "__type"})
"""Root fields that tell of the caller, of the process or of the schema: a message has no use for them."""
PATH: Final = ("query",)


class PayloadError(Exception):
    """No message could be made: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Render = Callable[[ServicePrincipal, DeliveryRecord, str | None], Awaitable[bytes]]
"""Takes (whose eyes, the delivery, the selection); returns the body. Raises PayloadError."""


def variables(event: WebhookEvent, subject: str) -> dict[str, str]:
    """What a selection is given, and what a message without one carries."""
    kind = KINDS[event]
    return {kind.variable: subject if kind.subject is None else str(global_id(kind.subject, UUID(subject)))}


def check_selection(schema: CipSchema, caller: Caller, query: str, events: Sequence[WebhookEvent]) -> None:
    """Raises BadInputError, or ForbiddenError when the caller could not ask it themselves."""
    if not query.strip() or len(query) > LONGEST:
        raise BadInputError(f"A selection has 1 to {LONGEST} characters.", path=PATH)
    document = _parsed(query)
    if faults := validate(schema._schema, document, max_errors=1):
        raise BadInputError(f"The selection is not valid: {faults[0].message}", path=PATH)
    operation = _only_operation(document)
    for node in operation.selection_set.selections:
        if isinstance(node, FieldNode) and node.name.value in OF_WHOEVER_ASKS:
            raise BadInputError(f"{node.name.value} has no place in a webhook.", path=PATH)
    names = {KINDS[event].variable for event in events}
    if len(names) != 1:
        raise BadInputError(
            "metric.changed gives $metric and all other events give $id: one selection cannot serve both.",
            hint="Make an endpoint for each.",
            path=("events",),
        )
    [name] = names
    for definition in operation.variable_definitions or ():
        if definition.variable.name.value != name and definition.default_value is None:
            raise BadInputError(f"These events give ${name}, and no ${definition.variable.name.value}.", path=PATH)
    try:
        check_size(document, {})
    except CipError as error:
        raise BadInputError(error.message, hint=error.hint, path=PATH) from None
    if (refused := refusal(caller, schema.needs(query, document))) is not None:
        raise refused


def _parsed(query: str) -> DocumentNode:
    try:
        return parse(query, max_tokens=MAXIMUM_TOKENS)
    except GraphQLError as error:
        raise BadInputError(f"The selection is not GraphQL: {error.message}", path=PATH) from None
    except RecursionError:
        raise BadInputError("The selection is nested too deeply.", path=PATH) from None


def _only_operation(document: DocumentNode) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if not isinstance(node, FragmentDefinitionNode)]
    match operations:
        case [OperationDefinitionNode(operation=OperationType.QUERY) as operation]:
            return operation
    raise BadInputError("A selection is one query, and nothing else.", path=PATH)


async def render(
    schema: CipSchema, services: Services, reader: ServicePrincipal, delivery: DeliveryRecord, query: str | None
) -> bytes:
    """The body of one message, in the standard's own shape. What is read is what is there now."""
    event = WebhookEvent(delivery.event)
    given = variables(event, delivery.subject)
    data: Mapping[str, Any] | None = given
    if query is not None:
        result = await schema.execute(
            query, variable_values=given, context_value=Context(services, reader, message_id(delivery.id))
        )
        if result.errors:
            raise PayloadError(str((result.errors[0].extensions or {}).get("code", "INTERNAL_SERVER_ERROR")))
        data = result.data
    message = {"type": event.value, "timestamp": delivery.changed_at, "data": data}
    body = orjson.dumps(message | ({"test": True} if delivery.test else {}), default=str)
    if len(body) > LARGEST_BODY:
        raise PayloadError("PAYLOAD_TOO_LARGE")
    return body
