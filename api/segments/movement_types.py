"""Movement between segments in GraphQL."""

from datetime import datetime
from typing import Any, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement
from api.segments.enums import SegmentAnswerStatus, SegmentShortage
from api.segments.movement_reading import MovementAnswer
from api.segments.quality_types import MovementBacktest


@strawberry.type(description="A share of a segment's customers, with its 90% interval (Jeffreys).")
class MovementShare:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    share: float
    low: float
    high: float


@strawberry.type(description="Who went from one segment to another, or stayed.")
class MovementCell:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    segment_id: strawberry.ID = strawberry.field(description="Where to.")
    customers: int
    share: MovementShare | None = strawberry.field(description="Null in rows of fewer than 30 customers.")


@strawberry.type(description="Where the customers of one segment went.")
class MovementRow:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    segment_id: strawberry.ID
    name: str
    customers: int = strawberry.field(description="Who was in it at the beginning.")
    shown: bool = strawberry.field(description="Whether there are 30 customers or more: fewer say nothing.")
    cells: list[MovementCell]
    upgrade: MovementShare | None = strawberry.field(description="To a better segment.")
    maintain: MovementShare | None
    downgrade: MovementShare | None


@strawberry.type(
    description="How customers moved between the segments of one version, at both dates by its own thresholds or "
    "centers. Who had bought nothing by the first date is not in it."
)
class SegmentMovement:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    status: SegmentAnswerStatus
    insufficient: SegmentShortage | None
    version: int | None = strawberry.field(description="Its number.")
    from_: datetime | None = strawberry.field(name="from")
    to: datetime | None
    days: int | None
    rows: list[MovementRow] = strawberry.field(description="From the best segment to the least.")
    backtest: MovementBacktest | None = strawberry.field(description="Null for another span than 30, 60, 90, 120 days.")
    dates: list[datetime] = strawberry.field(description="What from and to can be.")

    @classmethod
    def without(cls, status: SegmentAnswerStatus, shortage: SegmentShortage | None) -> "SegmentMovement":
        return cls(
            status=status,
            insufficient=shortage,
            version=None,
            from_=None,
            to=None,
            days=None,
            rows=[],
            backtest=None,
            dates=[],
        )

    @classmethod
    def of(cls, answer: MovementAnswer) -> "SegmentMovement":
        return cls(
            status=SegmentAnswerStatus.OK,
            insufficient=None,
            version=answer.version.number,
            from_=answer.begin,
            to=answer.end,
            days=answer.days,
            rows=[_row(answer, place) for place in range(len(answer.groups))],
            backtest=None if answer.backtest is None else MovementBacktest.of(answer.backtest),
            dates=list(answer.dates),
        )


def _row(answer: MovementAnswer, place: int) -> MovementRow:
    found = answer.movement
    shown = bool(found.shown[place])

    def share(values: Any, low: Any, high: Any, column: int) -> MovementShare | None:
        if not shown:
            return None
        return MovementShare(
            share=float(values[place, column]), low=float(low[place, column]), high=float(high[place, column])
        )

    cells = [
        MovementCell(
            segment_id=global_id("Segment", group.id),
            customers=int(found.counts[place, column]),
            share=share(found.share, found.low, found.high, column),
        )
        for column, group in enumerate(answer.groups)
    ]
    changes = [share(found.change, found.change_low, found.change_high, way) for way in range(3)]
    return MovementRow(
        segment_id=global_id("Segment", answer.groups[place].id),
        name=answer.groups[place].name,
        customers=int(found.counts[place].sum()),
        shown=shown,
        cells=cells,
        upgrade=changes[0],
        maintain=changes[1],
        downgrade=changes[2],
    )
