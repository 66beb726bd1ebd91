"""The one family of expected errors: a code for programs, a message and a hint for people.

Everything else that is raised is unexpected: it is logged under its request id and never shown.
"""

from math import ceil
from typing import ClassVar, Final

RETRY_AFTER_SECONDS: Final = 2
"""What whoever meets an outage is told to wait."""


class CipError(Exception):
    """`path` leads to the faulty value in the input, when one is at fault."""

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str | None = None, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path


class BadInputError(CipError):
    code = "BAD_USER_INPUT"


class UnauthenticatedError(CipError):
    code = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__("Log in first.", hint="Send a valid access token or session cookie.")


class ForbiddenError(CipError):
    code = "FORBIDDEN"

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}.", hint="Ask an admin of your tenant.")


class LoginNeededError(ForbiddenError):
    def __init__(self) -> None:
        CipError.__init__(self, "A source key can send events and nothing else.", hint="Log in as a user for this.")


class PersonNeededError(ForbiddenError):
    def __init__(self) -> None:
        CipError.__init__(self, "This is for people; an API key is a program.", hint="Log in as a user for this.")


class NotFoundError(CipError):
    code = "NOT_FOUND"


class ConflictError(CipError):
    code = "CONFLICT"


class QueryTooComplexError(CipError):
    code = "MAX_COST_EXCEEDED"


class ThrottledError(CipError):
    code = "THROTTLED"
    retryable = True

    def __init__(self, seconds: float, message: str = "This is more than may be asked for at the moment.") -> None:
        """`seconds` until there is enough again."""
        self.retry_after = max(1, ceil(seconds))
        super().__init__(message, hint=f"Try again in {self.retry_after} s, or ask for less at once.")


class AmbiguousOperationError(CipError):
    code = "OPERATION_RESOLUTION_FAILURE"

    def __init__(self) -> None:
        super().__init__("This document has several operations.", hint="Name one of them in operationName.")


class UnavailableError(CipError):
    code = "UNAVAILABLE"
    retryable = True

    def __init__(self, message: str = "The database did not answer.") -> None:
        super().__init__(message, hint="Try again in a few seconds.")
