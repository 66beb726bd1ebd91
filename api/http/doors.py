"""How the plain routes let people in, and how they say no: the codes of the API, as JSON."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.auth.permissions import Permission
from api.auth.principal import Principal
from api.errors import CipError, ForbiddenError, UnauthenticatedError, UnavailableError
from models.database import is_unreachable

Endpoint = Callable[[Request], Awaitable[Response]]
RecordDenial = Callable[[Principal, str], Awaitable[None]]
STATUS: Final = {
    "BAD_USER_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "UNAVAILABLE": 503,
}
RETRY_AFTER: Final = {"retry-after": "5"}

log = logging.getLogger(__name__)


async def check(principal: Principal | None, needs: frozenset[Permission], record_denial: RecordDenial) -> Principal:
    """Raises what is missing; a denial is in the audit trail."""
    if principal is None:
        raise UnauthenticatedError
    missing = sorted(needs - principal.permissions)
    if missing:
        refused = ForbiddenError(missing[0])
        await record_denial(principal, refused.message)
        raise refused
    return principal


def coded(endpoint: Endpoint) -> Endpoint:
    """Turns expected errors, and a database that is away, into their answers."""

    async def answering(request: Request) -> Response:
        try:
            return await endpoint(request)
        except CipError as error:
            return refusal(error)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            if not is_unreachable(error):
                raise
            log.warning("the database cannot be reached: %s", type(error).__name__)
            return refusal(UnavailableError())

    return answering


def refusal(error: CipError) -> JSONResponse:
    body = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "path": list(error.path) or None,
        "requestId": uuid4().hex,
    }
    status = STATUS.get(error.code, 400)
    headers = {"cache-control": "no-store", **(RETRY_AFTER if error.retryable else {})}
    return JSONResponse({"error": body}, status, headers=headers)
