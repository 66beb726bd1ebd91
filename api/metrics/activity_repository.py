"""SQL of who was active, and how often."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, cast, distinct, func, literal, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from api.metrics.buckets import Window
from api.metrics.contracts import ABSENT, ZERO, Figure, Series
from models import Event, SalesOrder
from models.base import Timestamp, table
from models.database import Snapshot

event = table(Event)
sales_order = table(SalesOrder)

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
    rows = await snapshot.rows(_activity(snapshot.tenant_id, window))
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


def _activity(tenant_id: UUID, window: Window) -> Select[Any]:
    def activity(begin: datetime, end: datetime) -> Any:
        def of(customer: ColumnElement[Any], at: ColumnElement[Any], owner: ColumnElement[Any], counts: int) -> Any:
            return select(customer.label("customer_id"), at.label("at"), literal(counts).label("events")).where(
                and_(owner == tenant_id, at >= begin, at < end, customer.is_not(None))
            )

        return union_all(
            of(event.c.customer_id, event.c.occurred_at, event.c.tenant_id, 1),
            of(sales_order.c.customer_id, sales_order.c.placed_at, sales_order.c.tenant_id, 0),
        ).subquery()

    def counted(current: bool, begin: datetime, end: datetime, edges: Sequence[datetime]) -> Select[Any]:
        source = activity(begin, end)
        position = func.width_bucket(source.c.at, cast(list(edges), ARRAY(Timestamp())))
        placed = select(source.c.customer_id, source.c.events, position.label("position")).subquery()
        return select(
            literal(current).label("current"),
            placed.c.position,
            func.count(distinct(placed.c.customer_id)).label("customers"),
            func.coalesce(func.sum(placed.c.events), 0).label("events"),
        ).group_by(func.grouping_sets(tuple_(placed.c.position), tuple_()))

    both = union_all(
        counted(True, window.start, window.end, window.buckets),
        counted(False, window.previous_start, window.previous_end, window.previous_buckets or (window.start,)),
    ).subquery("parts")
    return select(*both.c)
