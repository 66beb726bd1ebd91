"""Conditions as SQL. A row either meets one or does not: what is missing meets no comparison, and NOT turns that round.

In SQL's own logic a comparison with NULL is neither, and its opposite neither as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

from models.conditions import All, AnyOf, Between, Compare, Condition, Not, Operator

GREATEST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Filter:
    """`normal` makes of a text what the column holds of it."""

    column: ColumnElement[Any]
    normal: Callable[[str], str] = str


OwnFilter = Callable[[UUID, Compare], ColumnElement[bool]]
"""For what is no comparison with a column; gets the tenant. It must be true or false for every row."""
Filters = Mapping[str, Filter | OwnFilter]


def filters_of(*names: str, source: Mapping[str, ColumnElement[Any]] | Any) -> dict[str, Filter | OwnFilter]:
    """Fields that are columns of the same name."""
    return {name: Filter(source[name]) for name in names}


def sql_of(tenant_id: UUID, condition: Condition, filters: Filters) -> ColumnElement[bool]:
    match condition:
        case Compare():
            known = filters[condition.name]
            return _compare(condition, known) if isinstance(known, Filter) else known(tenant_id, condition)
        case All(parts):
            return and_(true(), *(sql_of(tenant_id, part, filters) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(sql_of(tenant_id, part, filters) for part in parts))
        case Not(part):
            return not_(sql_of(tenant_id, part, filters))


def _compare(compare: Compare, known: Filter) -> ColumnElement[bool]:
    column, value = known.column, compare.value
    if compare.operator is Operator.MISSING:
        return column.is_(None) if value else column.is_not(None)
    present = column.is_not(None) if getattr(column, "nullable", True) else true()
    return and_(present, *_holds(compare.operator, value, known))


def _holds(operator: Operator, value: Any, known: Filter) -> list[ColumnElement[bool]]:
    column = known.column
    match operator:
        case Operator.ONE_OF:
            return [column.in_([_normal(known, one) for one in value])]
        case Operator.STARTS_WITH:
            beginning = _normal(known, value)
            in_bytes = column.collate("C")
            return [in_bytes >= beginning, in_bytes < beginning + GREATEST] if beginning else []
        case Operator.BETWEEN:
            return _bounds(column, value)
        case _:
            return [column == _normal(known, value)]


def _normal(known: Filter, value: Any) -> Any:
    return known.normal(value) if isinstance(value, str) else value


def _bounds(column: ColumnElement[Any], span: Between[Any]) -> list[ColumnElement[bool]]:
    low = [] if span.low is None else [column >= span.low]
    if span.high is None:
        return low
    return [*low, column < span.high if isinstance(span.high, datetime) else column <= span.high]
