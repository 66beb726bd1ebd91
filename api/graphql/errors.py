"""How errors are shown: expected ones with their code, any other masked and logged under its request id."""

import logging
from typing import Final

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from api.errors import CipError, ThrottledError, UnavailableError
from models.database import is_unreachable

log = logging.getLogger(__name__)

MASKED: Final = "Something went wrong on our side. Please try again, and quote the request id if it stays."


def present(errors: list[GraphQLError], request_id: str) -> None:
    """Rewrites the errors in place. When the database failed, that is the whole answer's one error."""
    for error in errors:
        if error.original_error is not None and is_unreachable(error.original_error):
            log.warning("request %s: the database cannot be reached: %s", request_id, type(error.original_error))
            _expected(error, UnavailableError(), request_id)
            errors[:] = [error]
            return
    for error in errors:
        _present(error, request_id)


def shown(raised: Exception, request_id: str) -> GraphQLError:
    """What stopped an operation outside of its execution, as it may be shown."""
    errors = [GraphQLError(str(raised), original_error=raised)]
    if isinstance(raised, CipError) or is_unreachable(raised):
        present(errors, request_id)
    else:
        _unexpected(errors[0], request_id)
    return errors[0]


def _present(error: GraphQLError, request_id: str) -> None:
    original = error.original_error
    if isinstance(original, CipError):
        _expected(error, original, request_id)
    elif isinstance(error, GraphQLSyntaxError) or isinstance(original, MissingQueryError):
        _label(error, "GRAPHQL_PARSE_FAILED", request_id)
    elif isinstance(original, CannotGetOperationTypeError | InvalidOperationTypeError):
        _label(error, "OPERATION_RESOLUTION_FAILURE", request_id)
    elif error.path is None and (original is None or isinstance(original, GraphQLError)):
        code = "BAD_USER_INPUT" if error.message.startswith("Variable ") else "GRAPHQL_VALIDATION_FAILED"
        _label(error, code, request_id)
    else:
        _unexpected(error, request_id)


def _unexpected(error: GraphQLError, request_id: str) -> None:
    log.error("request %s failed at %s", request_id, error.path, exc_info=error.original_error or error)
    error.message = MASKED
    _label(error, "INTERNAL_SERVER_ERROR", request_id)


def _expected(error: GraphQLError, expected: CipError, request_id: str) -> None:
    error.message = expected.message
    _label(error, expected.code, request_id, retryable=expected.retryable)
    assert error.extensions is not None
    if expected.hint:
        error.extensions["hint"] = expected.hint
    if isinstance(expected, ThrottledError):
        error.extensions["retryAfter"] = expected.retry_after
    if expected.path:
        error.extensions["argument"] = list(expected.path)


def _label(error: GraphQLError, code: str, request_id: str, *, retryable: bool = False) -> None:
    error.extensions = {
        "code": code,
        "requestId": request_id,
        "retryable": retryable,
        "docs": f"docs/errors/{code}.md",
    }
