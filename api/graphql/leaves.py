"""How a value of a scalar or an enum is shown: as graphql-core would, with the commonest types first."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLScalarType, Undefined
from strawberry.execution import optimized_is_awaitable

Complete = Callable[[Any], Any]
"""Takes what a resolver gave, and gives what is shown."""
VALUES: Final = frozenset({bool, int, float, str, datetime})
"""The commonest types, which need no further look."""


class NotPlainError(Exception):
    """For graphql-core to see to."""


def _is_no_value(value: Any) -> bool:
    return value is None or isinstance(value, Exception) or optimized_is_awaitable(value)


def leaf(wanted: GraphQLScalarType | GraphQLEnumType) -> Complete:
    coerce = wanted.coerce_output_value

    def complete(value: Any) -> Any:
        if type(value) not in VALUES and _is_no_value(value):
            raise NotPlainError
        shown = coerce(value)
        if shown is None or shown is Undefined:
            raise NotPlainError
        return shown

    if isinstance(wanted, GraphQLEnumType):
        return _member(wanted, complete)
    if wanted.name in ("String", "ID"):
        return lambda value: value if type(value) is str else complete(value)
    return complete


def _member(wanted: GraphQLEnumType, complete: Complete) -> Complete:
    """Strawberry looks through all members for each value."""
    names: dict[Any, Any] = {}

    def known(value: Any) -> Any:
        if not isinstance(value, Enum):
            return complete(value)
        if value not in names:
            names[value] = complete(value)
        return names[value]

    return known
