"""What an execution gives, as the payloads of frames."""

from collections.abc import AsyncGenerator
from typing import Any

from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from api.graphql.context import Context
from api.graphql.operation import CipSchema
from api.graphql.sockets import frames
from api.graphql.sockets.frames import Subscribe

Results = AsyncGenerator[ExecutionResult, None]


async def execute(schema: CipSchema, asked: Subscribe, variables: dict[str, Any] | None, context: Context) -> Results:
    """Without @defer and @stream, which the schema does not know, every result is an ExecutionResult."""
    stream: Any = await schema.stream(
        asked.query, variable_values=variables, context_value=context, operation_name=asked.operation_name
    )
    return stream  # type: ignore[no-any-return]


def refusal(result: ExecutionResult) -> list[Any] | None:
    """The errors of an operation that did not come to run, or whose source of events failed: nothing follows them."""
    if not result.errors:
        return None
    never_ran = isinstance(result, PreExecutionError)
    broken = result.data is None and result.errors[0].path is None
    return [error.formatted for error in result.errors] if never_ran or broken else None


def payload(result: ExecutionResult) -> str:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        answer["extensions"] = result.extensions
    return frames.encode(answer)
