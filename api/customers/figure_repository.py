"""Who stands behind a figure that was worked out: a segment, a cell, a movement, a stage, a band. The conditions count
as the figures do, so that a list is as long as its figure is high."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from api.customers.contracts import Cell, CustomerFilter, Entered, Moved, Predicted
from models import Customer, JourneySpell, Prediction, Segment, Segmentation, SegmentMember, SegmentSnapshot
from models.base import table

customer = table(Customer)
member = table(SegmentMember)
segment = table(Segment)
segmentation = table(Segmentation)
snapshots = table(SegmentSnapshot)
spell = table(JourneySpell)
prediction = table(Prediction)


def behind(tenant_id: UUID, chosen: CustomerFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.segment is not None:
        found.append(_member(tenant_id, member.c.segment_id == chosen.segment))
    if chosen.rfm is not None:
        found.append(_in_cell(tenant_id, chosen.rfm))
    if chosen.moved is not None:
        found.append(_moved(tenant_id, chosen.moved))
    if chosen.entered is not None:
        found.append(_entered(tenant_id, chosen.entered))
    if chosen.predicted is not None:
        found.append(_predicted(tenant_id, chosen.predicted))
    return found


def _member(tenant_id: UUID, which: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = and_(member.c.tenant_id == tenant_id, member.c.customer_id == customer.c.id)
    return exists(select(1).correlate(customer).select_from(member).where(mine, which))


def _in_cell(tenant_id: UUID, cell: Cell) -> ColumnElement[bool]:
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


def _moved(tenant_id: UUID, moved: Moved) -> ColumnElement[bool]:
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


def _entered(tenant_id: UUID, entered: Entered) -> ColumnElement[bool]:
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


def _predicted(tenant_id: UUID, predicted: Predicted) -> ColumnElement[bool]:
    mine: list[ColumnElement[bool]] = [
        prediction.c.tenant_id == tenant_id,
        prediction.c.customer_id == customer.c.id,
        prediction.c.kind == predicted.kind,
        prediction.c.horizon_days == predicted.days,
        *([] if predicted.low is None else [prediction.c.estimate >= predicted.low]),
        *([] if predicted.high is None else [prediction.c.estimate < predicted.high]),
    ]
    return exists(select(1).correlate(customer).select_from(prediction).where(*mine))
