"""Mutations that come with an idempotency key: answered as the first time, when there was one."""

import logging
from typing import Any

from graphql import ExecutionResult, FieldNode, OperationDefinitionNode, OperationType
from strawberry.types import ExecutionContext

from api.errors import BadInputError
from api.graphql.context import Context
from api.graphql.measuring import Size
from api.idempotency import writing
from api.idempotency.writing import Attempt

log = logging.getLogger(__name__)


class Attempts:
    """Of one operation."""

    def __init__(self) -> None:
        self._attempt: Attempt | None = None
        self._secret = False

    async def begin(self, execution: ExecutionContext, context: Context, size: Size) -> None:
        """Before it runs. Whoever has not logged in has no keys: nobody could tell one caller from another."""
        key = context.idempotency_key or (execution.operation_extensions or {}).get("idempotencyKey")
        if key is None or size.kind is not OperationType.MUTATION or context.maybe_caller is None:
            return
        if not isinstance(key, str):
            raise BadInputError("An idempotency key is a text.", path=("idempotencyKey",))
        name = _only_field(execution, size)
        caller = context.maybe_caller
        attempt = Attempt(
            caller.tenant_id,
            caller.actor,
            writing.check_key(key),
            writing.hash_of(execution.query or "", execution._provided_operation_name, execution.variables or {}),
            context.services.now(),
        )
        found = await writing.find_answer(context.services.database, attempt)
        if found is not None:
            execution.result = ExecutionResult(found, None)
            return
        self._attempt = attempt
        self._secret = execution.schema.permissions.is_secret(name)  # type: ignore[attr-defined]
        writing.begin(attempt)

    async def end(self, execution: ExecutionContext, context: Context) -> None:
        if (attempt := self._attempt) is None:
            return
        writing.end()
        data: dict[str, Any] | None = getattr(execution.result, "data", None)
        if not attempt.written or self._secret or data is None or getattr(execution.result, "errors", None):
            return
        try:
            await writing.keep_answer(context.services.database, attempt, data)
        except Exception as error:  # noqa: BLE001  (the change has happened: its answer must go out)
            log.warning("an answer was not kept for a second request: %s", type(error).__name__)


def _only_field(execution: ExecutionContext, size: Size) -> str:
    """Several fields are several transactions, of which some may happen and others not."""
    document = execution.graphql_document
    operations = (
        [node for node in document.definitions if isinstance(node, OperationDefinitionNode)] if document else []
    )
    fields = operations[0].selection_set.selections if len(operations) == 1 else ()
    if size.root_fields != 1 or len(fields) != 1 or not isinstance(fields[0], FieldNode):
        raise BadInputError(
            "With an idempotency key, send one operation with one mutation, not in a fragment.",
            path=("idempotencyKey",),
        )
    return fields[0].name.value
