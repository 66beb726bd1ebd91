"""How customers moved between the segments of one version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from api.errors import BadInputError
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.segmentation import Movement, movement_of
from api.segments import members_repository as members
from api.segments import repository
from api.segments.contracts import SegmentationRecord, SegmentRecord
from api.segments.fitting import HORIZONS
from models.database import Snapshot

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MovementAnswer:
    """`movement` is in the order of `groups`."""

    version: SegmentationRecord
    groups: tuple[SegmentRecord, ...]
    dates: tuple[datetime, ...]
    begin: datetime
    end: datetime
    movement: Movement
    backtest: dict[str, Any] | None

    @property
    def days(self) -> int:
        return (self.end - self.begin) // DAY


async def read_movement(
    snapshot: Snapshot,
    version: SegmentationRecord,
    horizon_days: int | None,
    begin: datetime | None,
    end: datetime | None,
) -> MovementAnswer:
    """Over the last `horizon_days` of the version's dates, or between two of them. Raises InsufficientDataError."""
    dates = await members.list_dates(snapshot, version.id)
    begin, end = choose_dates(dates, horizon_days, begin, end)
    counted = await members.count_moves(snapshot, version.id, begin, end)
    [groups] = await repository.load_groups(snapshot, [version.id])
    counts = np.zeros((len(groups), len(groups)), dtype=np.int64)
    for origin, target, customers in counted:
        counts[origin, target] = customers
    tested = (version.quality or {}).get("backtests", [])
    days = (end - begin) // DAY
    return MovementAnswer(
        version,
        tuple(groups),
        tuple(dates),
        begin,
        end,
        movement_of(counts, [group.name for group in groups]),
        next((found for found in tested if found["horizonDays"] == days), None),
    )


def choose_dates(
    dates: Sequence[datetime], horizon_days: int | None, begin: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    if horizon_days is None:
        if begin is None or end is None or begin >= end or not {begin, end} <= set(dates):
            known = ", ".join(date.isoformat() for date in dates)
            raise BadInputError(
                "Give horizonDays, or from and to out of the version's dates, the earlier one first.",
                hint=f"There are {known}.",
                path=("from",),
            )
        return begin, end
    if begin is not None or end is not None:
        raise BadInputError("Give horizonDays, or from and to, and not both.", path=("horizonDays",))
    if horizon_days not in HORIZONS:
        allowed = ", ".join(str(days) for days in HORIZONS)
        raise BadInputError(f"horizonDays is one of {allowed}.", path=("horizonDays",))
    have = (dates[-1] - dates[0]) // DAY if dates else 0
    if have < horizon_days:
        raise InsufficientDataError("days of history", horizon_days, have)
    return dates[-1] - timedelta(days=horizon_days), dates[-1]
