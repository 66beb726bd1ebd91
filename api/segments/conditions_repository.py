"""The rules of segments as SQL: each condition is a yes or a no of one customer, never unknown."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Select, and_, exists, false, func, literal, not_, or_, select, true, union

from api.segments.definition import (
    All,
    Any_,
    Condition,
    EventCount,
    InSegment,
    Metric,
    Not,
    Recency,
    Rule,
    Trait,
    walk,
)
from models import Conversation, Customer, Event, SalesOrder, Segment, Segmentation, SegmentMember
from models.base import table

customer = table(Customer)
event = table(Event)
sales_order = table(SalesOrder)
conversation = table(Conversation)
segment = table(Segment)
segmentation = table(Segmentation)
member = table(SegmentMember)

AT: Final[dict[str, tuple[Any, ColumnElement[datetime]]]] = {
    "order": (sales_order, sales_order.c.placed_at),
    "event": (event, event.c.occurred_at),
    "conversation": (conversation, conversation.c.opened_at),
    "first_seen": (customer, customer.c.first_seen_at),
}
TRAITS: Final = {
    "country": customer.c.country,
    "email": customer.c.email,
    "name": customer.c.name,
    "external_id": customer.c.external_id,
}


def holds(rule: Rule, tenant_id: UUID, now: datetime) -> ColumnElement[bool]:
    """Of the `customer` of the statement it stands in, by what had happened up to `now`."""
    if isinstance(rule, All):
        return and_(true(), *(holds(part, tenant_id, now) for part in rule.parts))
    if isinstance(rule, Any_):
        return or_(false(), *(holds(part, tenant_id, now) for part in rule.parts))
    if isinstance(rule, Not):
        return not_(holds(rule.part, tenant_id, now))
    return _condition(rule, tenant_id, now)


def _condition(rule: Condition, tenant_id: UUID, now: datetime) -> ColumnElement[bool]:
    if isinstance(rule, Recency):
        return _recency(rule, measured(rule, tenant_id, now), now)
    value = measured(rule, tenant_id, now)
    if isinstance(rule, EventCount | Metric):
        return _between(value, rule.at_least, rule.at_most)
    if isinstance(rule, Trait):
        return _compare(rule)
    return value


def measured(rule: Condition, tenant_id: UUID, now: datetime) -> ColumnElement[Any]:
    """What a condition looks at: a number, a moment, a text, or a yes or no."""
    if isinstance(rule, Trait):
        return TRAITS[rule.trait]
    if isinstance(rule, EventCount):
        named = event.c.name == rule.event
        return _of("event", func.count(), tenant_id, now, rule.within_days, named)
    if isinstance(rule, Recency):
        if rule.what == "first_seen":
            return customer.c.first_seen_at
        return _of(rule.what, func.max(AT[rule.what][1]), tenant_id, now, None, *_purchases(rule.what))
    if isinstance(rule, Metric):
        return _metric(rule, tenant_id, now)
    if isinstance(rule, InSegment):
        return _is_member(tenant_id, member.c.segment_id == rule.segment_id)
    current = (
        select(segment.c.id)
        .join(segmentation, and_(segmentation.c.tenant_id == tenant_id, segmentation.c.id == segment.c.segmentation_id))
        .where(segment.c.tenant_id == tenant_id, segment.c.kind == rule.method, segmentation.c.current)
        .where(segment.c.name.in_(rule.names))
    )
    return _is_member(tenant_id, member.c.segment_id.in_(current))


def touched(rule: Rule, tenant_id: UUID, since: datetime, now: datetime) -> Iterator[Select[Any]]:
    """The customers for whom the passing of time alone, from `since` to `now`, can have changed the rule's answer: what
    happened to them came into, or fell out of, the time that a condition looks at."""
    for what, days in _windows(rule):
        yield crossed(what, tenant_id, since - timedelta(days=days), now - timedelta(days=days))


def crossed(what: str, tenant_id: UUID, after: datetime, until: datetime) -> Select[Any]:
    source, at = AT[what]
    owner = customer.c.id if what == "first_seen" else source.c.customer_id
    return select(owner.label("id")).where(source.c.tenant_id == tenant_id, at > after, at <= until, owner.is_not(None))


def any_of(parts: list[Select[Any]]) -> Any:
    return union(*parts)


def _windows(rule: Rule) -> set[tuple[str, int]]:
    """What each condition looks at, and how many days back its looking ends; 0 for where it begins, now."""
    found: set[tuple[str, int]] = set()
    for node in walk(rule):
        if isinstance(node, EventCount):
            found |= {("event", 0), ("event", node.within_days or 0)}
        elif isinstance(node, Recency):
            found |= {(node.what, 0), (node.what, node.within_days or node.older_than_days or 0)}
        elif isinstance(node, Metric):
            what = "conversation" if node.metric == "conversations" else "order"
            found |= {(what, 0), (what, node.within_days or 0)}
    return found


def _of(
    what: str,
    value: ColumnElement[Any],
    tenant_id: UUID,
    now: datetime,
    within_days: int | None,
    *more: ColumnElement[bool],
) -> ColumnElement[Any]:
    source, at = AT[what]
    conditions = [source.c.tenant_id == tenant_id, source.c.customer_id == customer.c.id, at <= now, *more]
    if within_days is not None:
        conditions.append(at > now - timedelta(days=within_days))
    return select(value).where(*conditions).correlate(customer).scalar_subquery()


def _purchases(what: str) -> tuple[ColumnElement[bool], ...]:
    return (sales_order.c.kind == "order",) if what == "order" else ()


def _metric(rule: Metric, tenant_id: UUID, now: datetime) -> ColumnElement[Any]:
    if rule.metric == "conversations":
        return _of("conversation", func.count(), tenant_id, now, rule.within_days)
    total = func.coalesce(func.sum(sales_order.c.total), 0)
    number = func.count().filter(sales_order.c.kind == "order")
    value = {"orders": number, "revenue": total, "average_order_value": total / func.nullif(number, 0)}[rule.metric]
    return _of("order", value, tenant_id, now, rule.within_days)


def _is_member(tenant_id: UUID, of: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        exists().where(member.c.tenant_id == tenant_id, member.c.customer_id == customer.c.id, of).correlate(customer)
    )


def _between(value: ColumnElement[Any], low: float | None, high: float | None) -> ColumnElement[bool]:
    bounds = [] if low is None else [value >= literal(low, Double())]
    bounds += [] if high is None else [value <= literal(high, Double())]
    return func.coalesce(and_(*bounds), literal(False))


def _recency(rule: Recency, last: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    if rule.within_days is not None:
        begin = now - timedelta(days=rule.within_days)
        return func.coalesce(and_(last > begin, last <= now), literal(False))
    return func.coalesce(last <= now - timedelta(days=rule.older_than_days or 0), literal(False))


def _compare(rule: Trait) -> ColumnElement[bool]:
    column = TRAITS[rule.trait]
    if rule.comparison == "exists":
        return column.is_not(None)
    text = func.lower(func.btrim(column))
    if rule.comparison == "in":
        return func.coalesce(text.in_(rule.values), literal(False))
    return func.coalesce(text.startswith(rule.values[0], autoescape=True), literal(False))
