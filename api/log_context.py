"""What every log line of a request, or of a background message, carries: ids alone, never a name."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LogContext:
    request_id: str | None = None
    tenant_id: UUID | None = None
    message_id: UUID | None = None


NOTHING: Final = LogContext()
_current: ContextVar[LogContext] = ContextVar("cip_log_context", default=NOTHING)


def current() -> LogContext:
    return _current.get()


@contextmanager
def bound(context: LogContext) -> Iterator[None]:
    """For the block and the tasks that it starts. What stood before comes back, also when another task ends it."""
    before = _current.get()
    _current.set(context)
    try:
        yield
    finally:
        _current.set(before)


def add_tenant(tenant_id: UUID) -> None:
    """For the rest of what is bound: a request's tenant is known once its credentials are."""
    known = _current.get()
    _current.set(LogContext(known.request_id, tenant_id, known.message_id))
