"""Counts the SQL statements that reach the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import event

from models.database import Database

AUTHENTICATION: Final = 2
"""The tenant is bound and the session looked up, before the operation itself; it is then known for a while."""


def of_operation(seen: list[str]) -> int:
    """How many of them the operation itself needed, whether or not its session and its tenant's limits were looked up:
    both are kept for a moment."""
    looked_up = [statement for statement in seen if "user_session" in statement or "FROM tenant_limit" in statement]
    return len(seen) - AUTHENTICATION * len(looked_up)


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """A list that each executed statement is added to, the binding of the tenant included."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
