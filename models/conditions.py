"""What rows have to meet, as plain data: comparisons by the names of fields, and how they are combined."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

V = TypeVar("V", int, float, datetime)


class Operator(StrEnum):
    EQUAL = "eq"
    ONE_OF = "one_of"
    BETWEEN = "range"
    STARTS_WITH = "starts_with"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Between(Generic[V]):
    """From `low`, which is in it, up to `high`: a number's is in it, a moment's is not."""

    low: V | None = None
    high: V | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """`value` is a tuple for ONE_OF, a Between for BETWEEN, and for MISSING whether there shall be none."""

    name: str
    operator: Operator
    value: Hashable


@dataclass(frozen=True, slots=True)
class All:
    parts: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Condition, ...]" = ()


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"


Condition = Compare | All | AnyOf | Not

EVERYTHING: Final = All()


def equal(name: str, value: Hashable) -> Compare:
    return Compare(name, Operator.EQUAL, value)


def given(**values: Hashable) -> All:
    """That each field equals its value; those that are None are not asked for."""
    return All(tuple(equal(name, value) for name, value in values.items() if value is not None))


def names_in(condition: Condition) -> frozenset[str]:
    """The fields that are compared."""
    match condition:
        case Compare(name):
            return frozenset({name})
        case Not(part):
            return names_in(part)
        case All(parts) | AnyOf(parts):
            return frozenset().union(*map(names_in, parts))
