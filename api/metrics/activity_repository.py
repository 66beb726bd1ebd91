"""SQL of who was active, and how often."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    cast,
    distinct,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from api.metrics.buckets import Window
from api.metrics.contracts import ABSENT, ZERO, Figure, Series
from models import Event, SalesOrder
from models.base import Timestamp, table
from models.database import Snapshot

event = table(Event)
sales_order = table(SalesOrder)

CURRENT: Final = "current"
PREVIOUS: Final = "previous"
WEEK: Final = timedelta(days=7)
Counts = tuple[int, int]
"""(customers, events)"""
NOBODY: Final = (0, 0)


def _active_customers(counts: Counts, elapsed: timedelta) -> Figure:
    return Figure(counts[0]) if counts[0] else ZERO


def _interaction_frequency(counts: Counts, elapsed: timedelta) -> Figure:
    customers, events = counts
    if not customers or elapsed <= timedelta():
        return ABSENT
    return Figure(events / customers / (elapsed / WEEK), n=customers)


FIGURES: Final[Mapping[str, Callable[[Counts, timedelta], Figure]]] = {
    "active_customers": _active_customers,
    "interaction_frequency": _interaction_frequency,
}


async def load_activity(snapshot: Snapshot, slugs: Sequence[str], window: Window) -> list[Series]:
    """Counts each customer once a bucket and once in the total, in one statement for both windows."""
    rows = await snapshot.rows(_activity(), _parameters(snapshot.tenant_id, window))
    counts = {(current, position): (customers, events) for current, position, customers, events in rows}

    def series(figure: Callable[[Counts, timedelta], Figure]) -> Series:
        def values(current: bool, starts: Sequence[datetime], last: datetime) -> tuple[Figure, ...]:
            ends = window.ends(starts, last)
            return tuple(
                figure(counts.get((current, position), NOBODY), end - start)
                for position, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
            )

        return Series(
            figure(counts.get((True, None), NOBODY), window.reached - window.start),
            figure(counts.get((False, None), NOBODY), window.previous_end - window.previous_start),
            values(True, window.buckets, window.reached),
            values(False, window.previous_buckets, window.previous_end),
        )

    return [series(FIGURES[slug]) for slug in slugs]


@cache
def _activity() -> Select[Any]:
    """Built once: that costs more than sending it."""

    def activity(begin: ColumnElement[Any], end: ColumnElement[Any]) -> Any:
        def of(customer: ColumnElement[Any], at: ColumnElement[Any], owner: ColumnElement[Any], counts: int) -> Any:
            return select(customer.label("customer_id"), at.label("at"), literal(counts).label("events")).where(
                and_(owner == bindparam("tenant_id", type_=Uuid()), at >= begin, at < end, customer.is_not(None))
            )

        return union_all(
            of(event.c.customer_id, event.c.occurred_at, event.c.tenant_id, 1),
            of(sales_order.c.customer_id, sales_order.c.placed_at, sales_order.c.tenant_id, 0),
        ).subquery()

    def counted(part: str) -> Select[Any]:
        begin, end = (bindparam(f"{part}_{name}", type_=Timestamp()) for name in ("begin", "end"))
        source = activity(begin, end)
        edges = cast(bindparam(f"{part}_edges", type_=ARRAY(Timestamp())), ARRAY(Timestamp()))
        placed = select(
            source.c.customer_id, source.c.events, func.width_bucket(source.c.at, edges).label("position")
        ).subquery()
        return select(
            literal(part == CURRENT).label("current"),
            placed.c.position,
            func.count(distinct(placed.c.customer_id)).label("customers"),
            func.coalesce(func.sum(placed.c.events), 0).label("events"),
        ).group_by(func.grouping_sets(tuple_(placed.c.position), tuple_()))

    both = union_all(counted(CURRENT), counted(PREVIOUS)).subquery("parts")
    return select(*both.c)


def _parameters(tenant_id: UUID, window: Window) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        f"{CURRENT}_begin": window.start,
        f"{CURRENT}_end": window.end,
        f"{CURRENT}_edges": list(window.buckets),
        f"{PREVIOUS}_begin": window.previous_start,
        f"{PREVIOUS}_end": window.previous_end,
        f"{PREVIOUS}_edges": list(window.previous_buckets or (window.start,)),
    }
