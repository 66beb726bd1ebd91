"""What lists can be narrowed down to, in GraphQL: operators of which exactly one is given, and AND, OR and NOT."""

from collections.abc import Hashable
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, Final, Generic, TypeVar

import strawberry

from api.errors import BadInputError
from api.graphql.ids import key_of
from api.graphql.scalars import Int64
from models.conditions import EVERYTHING, All, AnyOf, Between, Compare, Condition, Not, Operator

E = TypeVar("E", bound=Enum)

MOST_VALUES: Final = 300
MOST_COMPARISONS: Final = 100
MOST_LEVELS: Final = 10
LONGEST_BEGINNING: Final = 200
NEVER: Final = AnyOf()

ALL_GIVEN: Final = "All of what is given holds. A row without a value meets no comparison."
COMBINED: Final = {
    "AND": "All of these hold.",
    "OR": "At least one of these holds.",
    "NOT": "This does not hold.",
}


def combined(name: str) -> Any:
    return strawberry.field(default=None, name=name, description=COMBINED[name])


@strawberry.input(description="Whole numbers; both ends are in it.")
class WholeRange:
    gte: Int64 | None = None
    lte: Int64 | None = None


@strawberry.input(description="Numbers; both ends are in it.")
class NumberRange:
    gte: float | None = None
    lte: float | None = None


@strawberry.input(description="Moments; the end is not in it.")
class TimeRange:
    gte: datetime | None = None
    lt: datetime | None = None


@strawberry.input(one_of=True, description="How a text compares: one of these.")
class TextWhere:
    eq: str | None = strawberry.UNSET
    one_of: list[str] | None = strawberry.UNSET
    starts_with: str | None = strawberry.UNSET
    missing: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether there is none.")


@strawberry.input(one_of=True, description="How a whole number compares: one of these.")
class WholeWhere:
    eq: Int64 | None = strawberry.UNSET
    one_of: list[Int64] | None = strawberry.UNSET
    range: WholeRange | None = strawberry.UNSET
    missing: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether there is none.")


@strawberry.input(one_of=True, description="How a number compares: one of these.")
class NumberWhere:
    range: NumberRange | None = strawberry.UNSET


@strawberry.input(one_of=True, description="How a moment compares: one of these.")
class TimeWhere:
    range: TimeRange | None = strawberry.UNSET
    missing: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether there is none.")


@strawberry.input(one_of=True, description="Which object it is: one of these.")
class IdWhere:
    eq: strawberry.ID | None = strawberry.UNSET
    one_of: list[strawberry.ID] | None = strawberry.UNSET
    missing: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether there is none.")


@strawberry.input(one_of=True, description="Which of the values it is: one of these.")
class Choice(Generic[E]):
    eq: E | None = strawberry.UNSET
    one_of: list[E] | None = strawberry.UNSET


def condition_of(where: Any) -> Condition:
    """Of a `where` input, whose fields are AND, OR, NOT and operators. Its class may name in `__ids__` the types of
    the objects that its ids are of, and in `__own__` how fields become conditions that are no comparison."""
    return EVERYTHING if where is None else _Reading().where(where, ("where",), 1)


class _Reading:
    def __init__(self) -> None:
        self._compared = 0

    def where(self, where: Any, path: tuple[str, ...], level: int) -> Condition:
        if level > MOST_LEVELS:
            raise BadInputError(f"AND, OR and NOT go {MOST_LEVELS} levels deep at most.", path=path[:2])
        parts: list[Condition] = []
        for one in fields(where):
            value = getattr(where, one.name)
            if value is None:
                continue
            here = (*path, _camel(one.name))
            match one.name:
                case "AND":
                    parts.append(All(self._each(value, here, level)))
                case "OR":
                    parts.append(AnyOf(self._each(value, here, level)))
                case "NOT":
                    parts.append(Not(self.where(value, here, level + 1)))
                case name:
                    parts.append(self._comparison(where, name, value, here))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _each(self, given: list[Any], path: tuple[str, ...], level: int) -> tuple[Condition, ...]:
        return tuple(self.where(one, (*path, str(place)), level + 1) for place, one in enumerate(given))

    def _comparison(self, where: Any, name: str, given: Any, path: tuple[str, ...]) -> Condition:
        self._compared += 1
        if self._compared > MOST_COMPARISONS:
            raise BadInputError(f"A filter compares at most {MOST_COMPARISONS} times.", path=("where",))
        own = getattr(where, "__own__", {}).get(name)
        if own is not None:
            found: Condition = own(given, path)
            return found
        operator, value = next(
            (one.name, value) for one in fields(given) if (value := getattr(given, one.name)) is not strawberry.UNSET
        )
        type_name = getattr(where, "__ids__", {}).get(name)
        return _compare(name, Operator(operator), value, type_name, (*path, _camel(operator)))


def _compare(name: str, operator: Operator, value: Any, type_name: str | None, path: tuple[str, ...]) -> Condition:
    match operator:
        case Operator.ONE_OF:
            if len(value) > MOST_VALUES:
                raise BadInputError(f"Name at most {MOST_VALUES} values.", path=path)
            plain = {found for one in value if (found := _plain(one, type_name, path)) is not None}
            return Compare(name, operator, tuple(sorted(plain, key=repr)))
        case Operator.BETWEEN:
            return Compare(name, operator, between(value, path))
        case Operator.STARTS_WITH if len(value) > LONGEST_BEGINNING:
            raise BadInputError(f"A beginning has at most {LONGEST_BEGINNING} characters.", path=path)
        case Operator.MISSING:
            return Compare(name, operator, value)
    found = _plain(value, type_name, path)
    return NEVER if found is None else Compare(name, operator, found)


def _plain(value: Any, type_name: str | None, path: tuple[str, ...]) -> Hashable:
    """None for an id of another type's, which is nobody's here."""
    if isinstance(value, str) and "\0" in value:
        raise BadInputError("A text holds a character that no text has.", path=path)
    if type_name is not None:
        return key_of(type_name, value)
    plain: Hashable = value.value if isinstance(value, Enum) else value
    return plain


def between(given: WholeRange | NumberRange | TimeRange, path: tuple[str, ...]) -> Between[Any]:
    low: Any = given.gte
    high: Any = given.lt if isinstance(given, TimeRange) else given.lte
    end = "lt" if isinstance(given, TimeRange) else "lte"
    for name, moment in (("gte", low), (end, high)):
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise BadInputError("A moment needs its offset, such as Z.", path=(*path, name))
    if low is not None and high is not None and low > high:
        raise BadInputError("The range ends before it begins.", path=(*path, end))
    return Between(low, high)


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)
