"""Scalars that GraphQL itself does not have."""

from collections.abc import Mapping
from typing import Any, Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Int64 = NewType("Int64", int)
Json = NewType("Json", object)


def _int64(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("Int64 needs a whole number of at most 64 bits.")
    return value


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    Int64: strawberry.scalar(
        name="Int64", description="A whole number of at most 64 bits.", serialize=int, parse_value=_int64
    ),
    Json: strawberry.scalar(
        name="JSON", description="Any JSON value.", serialize=lambda value: value, parse_value=lambda value: value
    ),
}
