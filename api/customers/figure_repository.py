"""Who stands behind a figure that was worked out: a segment, a cell, a movement, a stage, a band. The conditions count
as the figures do, so that a list is as long as its figure is high."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from api.customers.contracts import Cell, Entered, Moved, Predicted
from models import Customer, JourneySpell, Prediction, Segment, Segmentation, SegmentMember, SegmentSnapshot
from models.base import table
from models.conditions import Compare
from models.filters import Filters

customer = table(Customer)
member = table(SegmentMember)
segment = table(Segment)
segmentation = table(Segmentation)
snapshots = table(SegmentSnapshot)
spell = table(JourneySpell)
prediction = table(Prediction)


def _in_segment(tenant_id: UUID, compare: Compare) -> ColumnElement[bool]:
    return _member(tenant_id, member.c.segment_id == compare.value)


def _member(tenant_id: UUID, which: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(member.c.tenant_id == tenant_id, member.c.customer_id == customer.c.id)
    return exists(select(1).correlate(customer).select_from(member).where(mine, which))


def _in_cell(tenant_id: UUID, compare: Compare) -> ColumnElement[bool]:
    cell = compare.value
    assert isinstance(cell, Cell)
    groups = (
        select(segment.c.id)
        .select_from(
            segment.join(
                segmentation,
                and_(segmentation.c.tenant_id == segment.c.tenant_id, segmentation.c.id == segment.c.segmentation_id),
            )
        )
        .where(segment.c.tenant_id == tenant_id, segmentation.c.method == "rfm", segmentation.c.current)
    )
    here = and_(member.c.r == cell.recency, member.c.f == cell.frequency)
    return _member(tenant_id, and_(member.c.segment_id.in_(groups), here))


def _moved(tenant_id: UUID, compare: Compare) -> ColumnElement[bool]:
    moved = compare.value
    assert isinstance(moved, Moved)
    origin, before, after = segment.alias("origin"), snapshots.alias("before"), snapshots.alias("after")
    dates = snapshots.alias("dates")
    last = (
        select(func.max(dates.c.as_of))
        .where(dates.c.tenant_id == tenant_id, dates.c.segmentation_id == origin.c.segmentation_id)
        .correlate(origin)
        .scalar_subquery()
    )
    mine: list[ColumnElement[bool]] = [
        origin.c.tenant_id == tenant_id,
        origin.c.id == moved.origin,
        *_at(before, origin.c.segmentation_id, tenant_id),
        before.c.position == origin.c.position,
        before.c.as_of == last - timedelta(days=moved.days),
        *_at(after, origin.c.segmentation_id, tenant_id),
        after.c.as_of == last,
    ]
    if moved.target is not None:
        target = segment.alias("target")
        place = (
            select(target.c.position)
            .where(
                target.c.tenant_id == tenant_id,
                target.c.id == moved.target,
                target.c.segmentation_id == origin.c.segmentation_id,
            )
            .correlate(origin)
            .scalar_subquery()
        )
        mine.append(after.c.position == place)
    return exists(select(1).correlate(customer).select_from(origin, before, after).where(*mine))


def _at(one: Any, version: ColumnElement[Any], tenant_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return one.c.tenant_id == tenant_id, one.c.segmentation_id == version, one.c.customer_id == customer.c.id


def _entered(tenant_id: UUID, compare: Compare) -> ColumnElement[bool]:
    entered = compare.value
    assert isinstance(entered, Entered)
    low, high = entered.at.low, entered.at.high
    mine: list[ColumnElement[bool]] = [
        spell.c.tenant_id == tenant_id,
        spell.c.customer_id == customer.c.id,
        spell.c.stage == entered.stage,
        *([] if low is None else [spell.c.entered_at >= low]),
        *([] if high is None else [spell.c.entered_at < high]),
    ]
    if entered.target is not None:
        mine.append(spell.c.next_stage == entered.target)
        mine += [] if high is None else [spell.c.left_at < high]
    if entered.still_here:
        mine.append(
            spell.c.left_at.is_(None) if high is None else or_(spell.c.left_at.is_(None), spell.c.left_at >= high)
        )
    return exists(select(1).correlate(customer).select_from(spell).where(*mine))


def _predicted(tenant_id: UUID, compare: Compare) -> ColumnElement[bool]:
    predicted = compare.value
    assert isinstance(predicted, Predicted)
    mine: list[ColumnElement[bool]] = [
        prediction.c.tenant_id == tenant_id,
        prediction.c.customer_id == customer.c.id,
        prediction.c.kind == predicted.kind,
        prediction.c.horizon_days == predicted.days,
        *([] if predicted.low is None else [prediction.c.estimate >= predicted.low]),
        *([] if predicted.high is None else [prediction.c.estimate < predicted.high]),
    ]
    return exists(select(1).correlate(customer).select_from(prediction).where(*mine))


FIGURES: Final[Filters] = {
    "segment": _in_segment,
    "rfm": _in_cell,
    "moved": _moved,
    "entered": _entered,
    "predicted": _predicted,
}
